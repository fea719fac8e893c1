//! What `regression` says about input that it cannot use: one line, with file and line, and exit status 2.

use super::{example, file};

/// Runs the program with these arguments; returns its one line.
fn complaint(arguments: &[&str]) -> String {
    let output = example("regression").args(arguments).output().unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{message}");
    assert_eq!(message.lines().count(), 1, "{message}");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "", "no result beside an error");
    message.strip_prefix("error: ").unwrap().trim_end().to_owned()
}

#[test]
fn data_without_a_solution() {
    let long_line = format!("a,b\n1,{}\n", "x".repeat(100_000));
    let long_complaint = format!(":2: column \"b\": \"{}\" is not a number", "x".repeat(40));
    #[rustfmt::skip]
    let cases: &[(&str, &[u8], &str)] = &[
        ("empty", b"", ": the file is empty"),
        ("blank", b"\n\r\n  \n", ": the file is empty"),
        ("one column", b"a;b\n1;2\n", ":1: at least two columns are needed, separated by commas"),
        ("ragged, short", b"a,b,c\n1,2,3\n4,5\n", ":3: 2 fields, but line 1 names 3 columns"),
        ("ragged, long", b"a,b\n1,2\n3,4,\n", ":3: 3 fields, but line 1 names 2 columns"),
        ("word", b"a,b\n1,2\n3,four\n", ":3: column \"b\": \"four\" is not a number"),
        ("long word", long_line.as_bytes(), &long_complaint),
        ("empty field", b"a,b\r\n1,2\r\n,4\r\n", ":3: column \"a\": the field is empty"),
        ("nan", b"a,b\n\n1,NaN\n", ":3: column \"b\": \"NaN\" is not a finite number"),
        ("infinity", b"a,b\n-inf,1\n", ":2: column \"a\": \"-inf\" is not a finite number"),
        ("too large", b"a,b\n1e999,1\n", ":2: column \"a\": \"1e999\" is not a finite number"),
        ("control characters", b"a,b\n\x1b[31m,1\n", ":2: column \"a\": \"\\u{1b}[31m\" is not a number"),
        ("open quote", b"a,b\n\"1,2\n", ":2: a quote is not closed"),
        ("text after quote", b"\"a\"x,b\n1,2\n", ":1: there is text behind a closing quote"),
        ("not UTF-8", b"a,b\n1,2\n\xff,4\n", ":3: the text is not UTF-8"),
        ("no header", b"1,2\n3,4\n", ":1: the first line has numbers where the names of the columns belong"),
        ("same names", b"a,\"a\",c\n1,2,3\n", ":1: two columns are named \"a\""),
        ("no name", b"a,,c\n1,2,3\n", ":1: column 2 has no name"),
        ("header only", b"a,b\n", ": too few rows: 3 are needed for an intercept and 1 slopes, there are 0"),
        ("few rows", b"a,b,y\n1,2,3\n2,1,5\n4,4,4\n", ": too few rows: 4 are needed for an intercept and 2 slopes, there are 3"),
        ("constant", b"a,b,y\n1,7,3\n2,7,5\n4,7,4\n5,7,1\n", ": column \"b\" is constant: every value is 7"),
        ("constant zero", b"a,y\n0,3\n0,5\n0,4\n", ": column \"a\" is constant: every value is 0"),
        ("constant target", b"a,y\n1,0.1\n2,0.1\n4,0.1\n", ": column \"y\" is constant: every value is 0.1"),
        ("copy", b"a,b,y\n0.1,0.1,3\n0.2,0.2,5\n0.4,0.4,4\n0.5,0.5,0\n",
            ": column \"b\" is a linear combination of the columns before it"),
        ("sum", b"a,b,c,y\n0.1,0.7,0.8,3\n0.2,0.3,0.5,5\n0.4,0.1,0.5,4\n0.3,0.5,0.8,0\n0.9,0.2,1.1,7\n",
            ": column \"c\" is a linear combination of the columns before it"),
        ("shares", b"a,b,y\n25,75,3\n50,50,5\n10,90,4\n33,67,0\n",
            ": column \"b\" is a linear combination of the columns before it"),
        ("huge", b"a,y\n1e200,3\n2e200,5\n4e200,4\n", ": column \"a\": the values are too large or too small to be squared"),
        ("tiny", b"a,y\n1,3e-200\n2,5e-200\n4,4e-200\n",
            ": column \"y\": the values are too large or too small to be squared"),
    ];
    for (name, content, expected) in cases {
        let path = file(&format!("{name}.csv"), content);
        let path = path.to_str().unwrap();
        assert_eq!(complaint(&[path]), format!("{path}{expected}"), "{name}");
    }
}

#[test]
fn files_that_cannot_be_read() {
    assert_eq!(complaint(&["/no/such.csv"]), "cannot read /no/such.csv: No such file or directory (os error 2)");
    assert_eq!(complaint(&["/"]), "cannot read /: Is a directory (os error 21)");
}

#[test]
fn a_target_that_is_not_there() {
    let path = file("target.csv", "a,b,y\n1,2,3\n");
    let path = path.to_str().unwrap();
    let expected = format!("{path}:1: there is no column \"z\" (there are a, b, y)");
    assert_eq!(complaint(&[path, "--target", "z"]), expected);
}

#[test]
fn command_lines() {
    for (arguments, expected) in [
        (&["--tarject", "x"] as &[&str], "unknown option --tarject (see regression --help)"),
        (&["--target"], "--target needs a value (see regression --help)"),
        (&["--node", "first"], "--node needs a number, not \"first\" (see regression --help)"),
        (
            &["--engine", "x"],
            "--engine needs host, libveo, or a path with a / in it, not \"x\" (see regression --help)",
        ),
        (&["a.csv", "b.csv"], "more than one file (see regression --help)"),
    ] {
        assert_eq!(complaint(arguments), expected);
    }
}
