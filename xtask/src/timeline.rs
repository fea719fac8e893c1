//! A picture of a timeline.

mod svg;
mod trace;

use std::fs;
use std::path::{Path, PathBuf};

use trace::Trace;

/// Draws a trace, by the words of the command line.
pub(crate) fn run(words: &[String]) -> Result<(), String> {
    let mut files = Vec::new();
    let (mut from, mut to) = (None, None);
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let milliseconds = |text: Option<&String>| {
            let number = text.and_then(|text| text.parse::<f64>().ok()).filter(|number| number.is_finite());
            number.ok_or_else(|| format!("{word}: expected a number of milliseconds behind it"))
        };
        match word.as_str() {
            "--from" => from = Some(milliseconds(words.next())?),
            "--to" => to = Some(milliseconds(words.next())?),
            option if option.starts_with('-') => return Err(format!("there is no option {option}")),
            file => files.push(PathBuf::from(file)),
        }
    }
    let (input, output) = match &files[..] {
        [input] => (input, input.with_extension("svg")),
        [input, output] => (input, output.clone()),
        _ => return Err("expected TRACE.json [PICTURE.svg]".into()),
    };
    let picture = picture(&read(input)?, from, to).map_err(|reason| format!("{}: {reason}", input.display()))?;
    fs::write(&output, picture).map_err(|error| format!("{}: {error}", output.display()))?;
    println!("{}", output.display());
    Ok(())
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

fn picture(text: &str, from: Option<f64>, to: Option<f64>) -> Result<String, String> {
    const PER_MILLISECOND: f64 = 1000.0;
    let trace = Trace::parse(text)?;
    let (first, last) = trace.span().ok_or("there is nothing in it that has a time")?;
    // All times count from the first event, as the axis does.
    let start = first + from.unwrap_or(0.0) * PER_MILLISECOND;
    let end = to.map_or(last, |to| first + to * PER_MILLISECOND);
    if start >= end {
        return Err(format!("nothing is left to draw; it is {:.3} ms long", (last - first) / PER_MILLISECOND));
    }
    Ok(svg::draw(&trace, first, start..end))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = r#"[
{"ph":"M","name":"process_name","pid":1,"tid":0,"args":{"name":"a <program>"}},
{"ph":"M","name":"thread_name","pid":1,"tid":1,"args":{"name":"main"}},
{"ph":"M","name":"process_name","pid":2,"tid":0,"args":{"name":"VE process 1 on node 0"}},
{"ph":"M","name":"thread_name","pid":2,"tid":3,"args":{"name":"context 0: execution"}},
{"ph":"M","name":"thread_name","pid":2,"tid":2,"args":{"name":"context 0: transfers"}},
{"ph":"X","name":"submit axpy","pid":1,"tid":1,"cat":"submit","ts":1000.000,"dur":0.000,"args":{"request":1}},
{"ph":"X","name":"axpy","pid":2,"tid":3,"cat":"kernel","ts":1100.000,"dur":900.000,"args":{"library":"\"l\""}},
{"ph":"s","name":"submission","pid":1,"tid":1,"cat":"flow","id":0,"ts":1000.000},
{"ph":"f","name":"submission","pid":2,"tid":3,"cat":"flow","id":0,"ts":1100.000,"bp":"e"},
{"ph":"i","name":"it <crashed>","pid":2,"tid":3,"cat":"error","ts":1500.000,"s":"p","args":{"error":"it <crashed> & died"}}"#;

    #[test]
    fn rows_slices_arrows_and_marks() {
        for ending in ["", "\n]\n", ",\n"] {
            let svg = picture(&format!("{TRACE}{ending}"), None, None).unwrap();
            for words in ["a &lt;program&gt;", "VE process 1 on node 0", "context 0: execution", ">axpy  900 µs</text>"]
            {
                assert!(svg.contains(words), "{words} in {svg}");
            }
            assert!(svg.contains("it &lt;crashed&gt; &amp; died"), "{svg}");
            assert_eq!(svg.matches("marker-end").count(), 1, "{svg}");
            // A row in which nothing is, is not drawn.
            assert!(!svg.contains("transfers"), "{svg}");
            assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
        }
    }

    #[test]
    fn what_is_no_trace() {
        for (text, expected) in [
            ("", "JSON"),
            ("{}", "an array of events"),
            ("[]", "nothing in it"),
            ("[1, {\"ph\": \"X\"}]", "nothing in it"),
            ("[{\"ph\":\"X\",\"ts\":\"now\"}", "nothing in it"),
        ] {
            let error = picture(text, None, None).unwrap_err();
            assert!(error.contains(expected), "{text}: {error}");
        }
        assert!(picture(TRACE, Some(5.0), None).unwrap_err().contains("1.000 ms long"));
        assert!(run(&["--from".into()]).unwrap_err().contains("milliseconds"));
        assert!(run(&["--no".into()]).unwrap_err().contains("--no"));
        assert!(run(&[]).unwrap_err().contains("TRACE.json"));
        assert!(run(&["/no/such.json".into()]).unwrap_err().contains("/no/such.json"));
    }

    #[test]
    fn a_part_of_it() {
        let svg = picture(TRACE, Some(0.5), Some(0.8)).unwrap();
        assert!(svg.contains(">axpy  900 µs</text>") && !svg.contains("submit axpy"), "{svg}");
    }
}
