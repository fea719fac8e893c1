//! `regression` against results that others have published or that follow from how the data were made.

use std::fmt::Write;
use std::process::{Command, Stdio};

use super::{example, file, stdout};

fn regression() -> Command {
    let mut command = example("regression");
    command.current_dir("/");
    command
}

/// The numbers in the row of `name`: coefficient, standard error, t value, slope.
fn row(output: &str, name: &str) -> [f64; 4] {
    let line = output.lines().find(|line| line.starts_with(&format!("{name} "))).unwrap_or_else(|| panic!("{output}"));
    let numbers: Vec<f64> = line.split_whitespace().skip(1).map(|number| number.parse().unwrap()).collect();
    numbers.try_into().unwrap()
}

const DIABETES: &str = include_str!("../../regression/diabetes.csv");

#[test]
fn the_built_in_data_have_the_known_answer() {
    let output = stdout(regression().output().unwrap());
    // Coefficients: scikit-learn's documentation. Standard errors: summary(lm(…)) in R.
    let known = [
        ("intercept", 152.1335, 2.576),
        ("age", -10.0099, 59.749),
        ("sex", -239.8156, 61.222),
        ("bmi", 519.8459, 66.533),
        ("bp", 324.3846, 65.422),
        ("s1", -792.1756, 416.680),
        ("s2", 476.7390, 339.030),
        ("s3", 101.0433, 212.531),
        ("s4", 177.0632, 161.476),
        ("s5", 751.2737, 171.900),
        ("s6", 67.6267, 65.984),
    ];
    for (name, coefficient, error) in known {
        let [found_coefficient, found_error, ..] = row(&output, name);
        assert!((found_coefficient - coefficient).abs() < 1e-4, "{output}");
        assert!((found_error - error).abs() < 1e-3, "{output}");
    }
    assert!(output.contains("R² 0.5177, residual standard error 54.1542 on 431 degrees of freedom"), "{output}");
    assert!(output.contains("Checked against the known answer"), "{output}");
}

#[test]
fn a_file_with_the_same_data_gives_the_same_table() {
    let built_in = stdout(regression().output().unwrap());
    let table = |output: &str| output.lines().skip(1).take(15).map(|line| line.to_owned() + "\n").collect::<String>();
    let (header, rows) = DIABETES.split_once('\n').unwrap();
    let quoted_header = header.split(',').map(|name| format!(" \"{name}\" ")).collect::<Vec<_>>().join(",");
    let versions = [
        ("plain.csv", DIABETES.to_owned()),
        ("windows.csv", DIABETES.replace('\n', "\r\n")),
        ("no final newline.csv", DIABETES.trim_end().to_owned()),
        ("quoted.csv", format!("\u{feff}{quoted_header}\n\n{rows}\n\n")),
    ];
    for (name, text) in versions {
        let output = stdout(regression().arg(file(name, text)).output().unwrap());
        assert_eq!(table(&output), table(&built_in), "{name}");
        assert!(!output.contains("Checked"), "only the built-in data have a known answer");
    }
}

#[test]
fn any_column_can_be_the_target() {
    let output = stdout(regression().arg("--target=bmi").output().unwrap());
    assert!(output.starts_with("diabetes.csv: 442 rows, 10 variables, target \"bmi\"\n"), "{output}");
    // The partial correlation of two columns is the same in both directions, and so is its t value.
    let forward = row(&stdout(regression().args(["--target", "progression"]).output().unwrap()), "bmi");
    assert_eq!(row(&output, "progression")[2], forward[2]);
}

#[test]
fn ill_conditioned_data_with_certified_results() {
    // Longley (1967), with the values certified by NIST's Statistical Reference Datasets.
    let longley = "\
employed,deflator,gnp,unemployed,army,population,year
60323,83.0,234289,2356,1590,107608,1947
61122,88.5,259426,2325,1456,108632,1948
60171,88.2,258054,3682,1616,109773,1949
61187,89.5,284599,3351,1650,110929,1950
63221,96.2,328975,2099,3099,112075,1951
63639,98.1,346999,1932,3594,113270,1952
64989,99.0,365385,1870,3547,115094,1953
63761,100.0,363112,3578,3350,116219,1954
66019,101.2,397469,2904,3048,117388,1955
67857,104.6,419180,2822,2857,118734,1956
68169,108.4,442769,2936,2798,120445,1957
66513,110.8,444546,4681,2637,121950,1958
68655,112.6,482704,3813,2552,123366,1959
69564,114.2,502601,3931,2514,125368,1960
69331,115.7,518173,4806,2572,127852,1961
70551,116.9,554894,4007,2827,130081,1962
";
    let output =
        stdout(regression().arg(file("longley.csv", longley)).args(["--target", "employed"]).output().unwrap());
    assert_eq!(row(&output, "intercept")[3], -3482258.6346, "{output}");
    let certified = [
        ("deflator", 15.0618722713733, 84.9149257747669),
        ("gnp", -0.0358191792925910, 0.0334910077722432),
        ("unemployed", -2.02022980381683, 0.488399681651699),
        ("army", -1.03322686717359, 0.214274163161675),
        ("population", -0.0511041056535807, 0.226073200069370),
        ("year", 1829.15146461355, 455.478499142212),
    ];
    for (name, slope, error) in certified {
        let [_, _, t_value, found] = row(&output, name);
        assert!((found - slope).abs() <= 5.1e-5, "{name}: {output}");
        assert!((t_value - slope / error).abs() <= 5.1e-4, "{name}: {output}");
    }
    assert!(output.contains("R² 0.9955, residual standard error 304.8541 on 9 degrees of freedom"), "{output}");
}

#[test]
fn a_hundred_thousand_rows() {
    const COLUMNS: usize = 20;
    let mut random = random_numbers();
    let mut text = (1..=COLUMNS).map(|j| format!("x{j},")).collect::<String>() + "y\n";
    for _ in 0..100_000 {
        let mut y = 1.5;
        for j in 1..=COLUMNS {
            let x = (random.next().unwrap() * 1000.0).round();
            write!(text, "{x},").unwrap();
            y += j as f64 / 4.0 * x;
        }
        writeln!(text, "{y}").unwrap();
    }
    let output = stdout(regression().arg(file("large.csv", text)).output().unwrap());
    assert_eq!(row(&output, "intercept")[3], 1.5, "{output}");
    for j in 1..=COLUMNS {
        assert_eq!(row(&output, &format!("x{j}"))[3], j as f64 / 4.0, "{output}");
    }
    assert!(output.contains("R² 1.0000") && output.contains("on 99979 degrees of freedom"), "{output}");
}

/// Numbers in 0..1, always the same ones (Knuth's MMIX generator).
fn random_numbers() -> impl Iterator<Item = f64> {
    let next =
        |&state: &u64| Some(state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407));
    std::iter::successors(Some(2004), next).map(|state| (state >> 11) as f64 / (1_u64 << 53) as f64)
}

#[test]
fn help() {
    let output = stdout(regression().arg("--help").output().unwrap());
    assert!(output.contains("Usage: regression") && output.contains("--target COLUMN"), "{output}");
}

#[test]
fn a_reader_that_leaves_early_is_no_error() {
    let mut child = regression().stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert!(output.status.success());
}
