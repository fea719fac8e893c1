//! Drawing a trace.

use std::collections::HashMap;
use std::fmt::Write;
use std::ops::Range;

use super::trace::{Key, Slice, Trace, duration};

const WIDTH: f64 = 1240.0;
const MARGIN: f64 = 16.0;
/// Of the rows' names.
const LABELS: f64 = 176.0;
const AXIS: f64 = 34.0;
const HEADING: f64 = 30.0;
const ROW: f64 = 22.0;
const GAP: f64 = 4.0;
/// Of a character, about.
const CHARACTER: f64 = 6.4;
/// The least that can be seen.
const THINNEST: f64 = 1.5;

/// Of what runs: kernels first, in the order of their names.
const COLOURS: [&str; 7] = ["#4e79a7", "#59a14f", "#b07aa1", "#d37295", "#499894", "#9d7660", "#79706e"];
const TRANSFER: &str = "#f1a340";
const QUEUE: &str = "#d9dde3";
const HOST: &str = "#8fb0d0";
const SUBMIT: &str = "#35495e";
const ERROR: &str = "#c62828";

const STYLE: &str = "text{font:12px system-ui,'DejaVu Sans',Helvetica,Arial,sans-serif;fill:#222}\
    .heading{font-weight:600;font-size:13px}.label{fill:#555}.tick{fill:#777;font-size:11px}\
    .on{fill:#fff;font-size:11px}.dark{fill:#333;font-size:11px}";

/// What has been drawn, and where things go.
struct Picture<'t> {
    trace: &'t Trace,
    /// Where the axis begins.
    origin: f64,
    shown: Range<f64>,
    /// The middle of each row.
    rows: HashMap<Key, f64>,
    colours: HashMap<&'t str, &'static str>,
    body: String,
}

/// Draws the part of a trace that is `shown`; the axis counts from `origin`.
pub(crate) fn draw(trace: &Trace, origin: f64, shown: Range<f64>) -> String {
    let colours = colours(trace);
    let mut picture = Picture { trace, origin, shown, rows: HashMap::new(), colours, body: String::new() };
    let bottom = picture.all_rows(MARGIN);
    picture.arrows();
    picture.marks();
    let axis = picture.axis(bottom);
    let height = bottom + AXIS;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" viewBox=\"0 0 {WIDTH} {height}\">\n\
         <style>{STYLE}</style>\n\
         <defs><marker id=\"head\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"6\" markerHeight=\"6\" \
         orient=\"auto\"><path d=\"M0 0L8 4L0 8z\" fill=\"{SUBMIT}\"/></marker></defs>\n\
         <rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#fff\"/>\n{axis}{}</svg>\n",
        picture.body
    )
}

fn colours(trace: &Trace) -> HashMap<&str, &'static str> {
    let kernels = trace.rows.values().flatten().filter(|slice| slice.category == "kernel");
    let mut names: Vec<_> = kernels.map(|slice| slice.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    names.into_iter().zip(COLOURS.into_iter().cycle()).collect()
}

impl Picture<'_> {
    fn x(&self, time: f64) -> f64 {
        let part = (time - self.shown.start) / (self.shown.end - self.shown.start);
        LABELS + MARGIN + part.clamp(0.0, 1.0) * (WIDTH - LABELS - 2.0 * MARGIN)
    }

    fn shows(&self, time: &Range<f64>) -> bool {
        time.end >= self.shown.start && time.start <= self.shown.end
    }

    /// Draws the rows from `top` on, and gives the end.
    fn all_rows(&mut self, top: f64) -> f64 {
        let mut y = top;
        let mut process = None;
        for (&key, slices) in &self.trace.rows {
            if !slices.iter().any(|slice| self.shows(&slice.time)) {
                continue;
            }
            if process != Some(key.0) {
                y += if process.is_some() { GAP } else { 0.0 };
                let heading = escape(&self.trace.process(key.0));
                self.add(format_args!("<text class=\"heading\" x=\"{MARGIN}\" y=\"{:.1}\">{heading}</text>", y + 18.0));
                process = Some(key.0);
                y += HEADING;
            }
            self.row(key, slices, y);
            y += ROW + GAP;
        }
        y
    }

    fn row(&mut self, key: Key, slices: &[Slice], y: f64) {
        self.rows.insert(key, y + ROW / 2.0);
        let label = escape(&self.trace.thread(key));
        let (left, right) = (LABELS + MARGIN, WIDTH - MARGIN);
        let width = right - left;
        self.add(format_args!("<rect x=\"{left}\" y=\"{y}\" width=\"{width}\" height=\"{ROW}\" fill=\"#f5f6f8\"/>"));
        self.add(format_args!("<text class=\"label\" x=\"{MARGIN}\" y=\"{:.1}\">{label}</text>", y + 15.0));
        for slice in slices.iter().filter(|slice| self.shows(&slice.time)).collect::<Vec<_>>() {
            self.slice(slice, y);
        }
    }

    fn slice(&mut self, slice: &Slice, y: f64) {
        let (left, right) = (self.x(slice.time.start), self.x(slice.time.end));
        let width = (right - left).max(THINNEST);
        let (colour, class) = match slice.category.as_str() {
            "kernel" => (self.colours.get(slice.name.as_str()).copied().unwrap_or(COLOURS[0]), "on"),
            "transfer" => (TRANSFER, "dark"),
            "queue" => (QUEUE, "dark"),
            "submit" => (SUBMIT, "on"),
            "host function" => ("#79706e", "on"),
            _ => (HOST, "dark"),
        };
        let details = escape(&slice.details);
        self.add(format_args!(
            "<g><title>{details}</title><rect x=\"{left:.1}\" y=\"{y}\" width=\"{width:.1}\" height=\"{ROW}\" rx=\"2\" \
             fill=\"{colour}\" stroke=\"#fff\" stroke-width=\"0.6\"/>{}</g>",
            self.text_in(slice, class, left, width, y)
        ));
    }

    /// Name and duration, as far as there is room.
    fn text_in(&self, slice: &Slice, class: &str, left: f64, width: f64, y: f64) -> String {
        let long = format!("{}  {}", slice.name, duration(slice.time.end - slice.time.start));
        let room = ((width - 8.0) / CHARACTER).max(0.0) as usize;
        let text = match [long, slice.name.clone()].into_iter().find(|text| text.chars().count() <= room) {
            Some(text) => text,
            None if room >= 4 => slice.name.chars().take(room - 1).chain(['…']).collect(),
            None => return String::new(),
        };
        format!("<text class=\"{class}\" x=\"{:.1}\" y=\"{:.1}\">{}</text>", left + 4.0, y + 15.0, escape(&text))
    }

    fn arrows(&mut self) {
        let mut arrows: Vec<_> = self.trace.arrows().collect();
        arrows.sort_by(|a, b| a.0.1.total_cmp(&b.0.1));
        for ((from, start), (to, end)) in arrows {
            let shown = self.shown.contains(&start) && self.shows(&(end..end));
            let (Some(&y1), Some(&y2), true) = (self.rows.get(&from), self.rows.get(&to), shown) else { continue };
            let (x1, x2) = (self.x(start), self.x(end));
            let (y1, y2) = if y1 < y2 { (y1 + ROW / 2.0, y2 - ROW / 2.0) } else { (y1 - ROW / 2.0, y2 + ROW / 2.0) };
            let bend = (y2 - y1) / 2.0;
            self.add(format_args!(
                "<path d=\"M{x1:.1} {y1:.1}C{x1:.1} {:.1} {x2:.1} {:.1} {x2:.1} {y2:.1}\" fill=\"none\" stroke=\"{SUBMIT}\" \
                 stroke-width=\"0.9\" stroke-opacity=\"0.55\" marker-end=\"url(#head)\"/>",
                y1 + bend,
                y2 - bend
            ));
        }
    }

    fn marks(&mut self) {
        for mark in &self.trace.marks {
            let Some(&y) = self.rows.get(&mark.row).filter(|_| self.shown.contains(&mark.at)) else { continue };
            let (x, text) = (self.x(mark.at), escape(&mark.text));
            self.add(format_args!(
                "<g><title>{text}</title><circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"7\" fill=\"{ERROR}\" stroke=\"#fff\"/>\
                 <text class=\"on\" x=\"{:.1}\" y=\"{:.1}\" font-weight=\"700\">!</text></g>",
                x - 2.0,
                y + 4.0
            ));
        }
    }

    /// Lines at round times, from top to bottom, to be drawn behind everything else.
    fn axis(&self, bottom: f64) -> String {
        let step = round_step((self.shown.end - self.shown.start) / 10.0);
        let mut text = String::new();
        let mut tick = ((self.shown.start - self.origin) / step).ceil() * step;
        while self.origin + tick <= self.shown.end {
            let x = self.x(self.origin + tick);
            let _ = writeln!(
                text,
                "<path d=\"M{x:.1} {MARGIN}V{bottom:.1}\" stroke=\"#e3e6ea\"/><text class=\"tick\" text-anchor=\"middle\" \
                 x=\"{x:.1}\" y=\"{:.1}\">{}</text>",
                bottom + 16.0,
                if tick == 0.0 { "0".to_owned() } else { duration(tick) }
            );
            tick += step;
        }
        text
    }

    fn add(&mut self, element: std::fmt::Arguments<'_>) {
        // Writing to a string does not fail.
        let _ = writeln!(self.body, "{element}");
    }
}

/// 1, 2 or 5 times a power of ten: the least that is not less.
fn round_step(least: f64) -> f64 {
    let power = 10_f64.powf(least.log10().floor());
    [1.0, 2.0, 5.0, 10.0].into_iter().map(|factor| factor * power).find(|&step| step >= least).unwrap_or(least)
}

fn escape(text: &str) -> String {
    // No control characters: XML has none, not even escaped.
    let printable = text.chars().filter(|&character| character >= ' ' || character == '\n').collect::<String>();
    printable.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
