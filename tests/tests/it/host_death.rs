//! The host program dies, and takes no leave: its VE processes go with it.

use std::io::{BufRead, BufReader};

use veo_tests::system;

use crate::support::{PROMPTLY, child, eventually};

#[test]
fn a_worker_does_not_outlive_its_host() {
    for kernel in ["pause", "spin", "idle"] {
        let mut host = child(&["run-until-killed", kernel]).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(host.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let pids: Vec<i32> = line.split_whitespace().map(|pid| pid.parse().unwrap()).collect();
        assert_eq!(pids.len(), 2, "{kernel}: {line:?}");
        assert!(pids.iter().all(|&pid| !system::is_gone(pid)), "{kernel}");
        host.kill().unwrap();
        host.wait().unwrap();
        eventually("the end of the workers", PROMPTLY, || pids.iter().all(|&pid| system::is_gone(pid)));
    }
}
