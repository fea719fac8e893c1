//! Kernels with threads.

use std::path::PathBuf;

use crate::support::{folder, host, kernels, run};

fn library(test: &str) -> PathBuf {
    let library = folder(test).join("libopenmp.so");
    kernels("openmp.c", &library, &["-fopenmp"]);
    library
}

#[test]
#[ignore = "needs OpenMP"]
fn openmp_kernels_run_with_several_threads() {
    let library = library("openmp_team");
    let library = library.to_str().unwrap();
    let output = run(&mut host("-", library, &["team"]));
    let team: usize = output.trim_start_matches("value ").trim_end().parse().unwrap();
    assert!(team >= std::thread::available_parallelism().unwrap().get().min(2), "{team} threads");
    assert_eq!(run(&mut host("-", library, &["sum_to", "1000000"])), "value 500000500000\n");
}

#[test]
#[ignore = "needs OpenMP"]
fn ve_omp_num_threads_is_the_number_of_threads() {
    let library = library("openmp_number");
    for number in ["1", "3"] {
        let mut host = host("-", library.to_str().unwrap(), &["team"]);
        assert_eq!(run(host.env("VE_OMP_NUM_THREADS", number)), format!("value {number}\n"));
    }
}
