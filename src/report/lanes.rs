//! Swim lanes of a runbook as SVG: a column for each person, time running down, the outage shaded.

use super::escape::html;
use super::runbook_words::{in_gap, person};
use crate::engine::carry_out::runbook::Runbook;
use crate::engine::carry_out::schedule::{Times, clock, span};

/// Colours of people, in the order of the runbook; readable behind dark text, and apart in print.
pub const COLOURS: [&str; 8] = ["#2f6f9f", "#b0562b", "#4b7f52", "#7a5195", "#9a7b1c", "#b23a5b", "#3c7d7d", "#5b6470"];

const GUTTER: usize = 64;
const WIDTH: usize = 720;
const ROW: i64 = 19;
const HEAD: i64 = 36;
/// Pixels of one drawing; a longer one is cut into several of like height, so that each fits on a page.
const HEIGHT_MAX: i64 = 48 * ROW;
/// Minutes in which nobody works that are drawn short.
const IDLE: i64 = 120;

/// The drawings, and what their vertical axis means.
pub struct Lanes {
    /// Complete `svg` elements, from top to bottom.
    pub drawings: Vec<String>,
    /// A sentence on the scale.
    pub scale: String,
}

struct Block {
    top: i64,
    bottom: i64,
    place: usize,
}

/// The swim lanes of a runbook.
#[must_use]
pub fn lanes(runbook: &Runbook) -> Lanes {
    let (blocks, ticks, scale) = match &runbook.schedule.times {
        Some(times) => timed(runbook, times),
        None => by_row(runbook),
    };
    let end = blocks.iter().map(|block| block.bottom).max().unwrap_or(0);
    let pages = ((end + HEIGHT_MAX - 1) / HEIGHT_MAX).max(1);
    let height = (end / pages + ROW - 1) / ROW * ROW;
    let mut drawings = Vec::new();
    let mut top = 0;
    while top < end {
        let bottom = (top + height).min(end);
        drawings.push(drawing(runbook, &blocks, &ticks, top, bottom));
        top = bottom;
    }
    Lanes { drawings, scale }
}

type Ticks = Vec<(i64, String)>;

fn by_row(runbook: &Runbook) -> (Vec<Block>, Ticks, String) {
    let row = |place: usize| i64::try_from(runbook.schedule.rows[runbook.steps[place].index]).unwrap_or(0) * ROW;
    let blocks: Vec<Block> =
        (0..runbook.steps.len()).map(|place| Block { top: row(place), bottom: row(place) + ROW, place }).collect();
    let ticks = blocks.iter().filter_map(|block| runbook.steps[block.place].at.map(|at| (block.top, short(at)))).collect();
    let scale = "Not to scale, because not every step states how long it takes: steps on one line may be done at the same time.";
    (blocks, ticks, scale.to_owned())
}

/// Heights are minutes, but no step is drawn too low for its name, and idle hours are drawn short.
fn timed(runbook: &Runbook, times: &Times) -> (Vec<Block>, Ticks, String) {
    let spans: Vec<(i64, i64)> = runbook.steps.iter().map(|step| times.slowest[step.index]).collect();
    let mut moments: Vec<i64> = spans.iter().flat_map(|span| [span.0, span.1]).collect();
    moments.sort_unstable();
    moments.dedup();
    let busy = |from: i64, to: i64| spans.iter().any(|span| span.0 < to && from < span.1);
    let total: i64 = moments.windows(2).filter(|pair| busy(pair[0], pair[1])).map(|pair| pair[1] - pair[0]).sum();
    let height = |from: i64, to: i64| match (to - from) * 2400 / total.max(800) {
        _ if !busy(from, to) && to - from > IDLE => 2 * ROW,
        pixels => pixels.max(ROW),
    };
    let mut tops = vec![0];
    for pair in moments.windows(2) {
        tops.push(tops[tops.len() - 1] + height(pair[0], pair[1]));
    }
    let top = |moment: i64| tops[moments.partition_point(|known| *known < moment).min(tops.len() - 1)];
    let place =
        |(place, span): (usize, &(i64, i64))| Block { top: top(span.0), bottom: top(span.1).max(top(span.0) + ROW), place };
    let first = moments.first().copied().unwrap_or(0);
    let name = |moment: i64| if times.of_calendar { short(moment) } else { format!("+{}", span(moment - first)) };
    let ticks = moments.iter().map(|moment| (top(*moment), name(*moment))).collect();
    let scale = "Drawn with each step as long as it may take. Short steps are drawn higher than they are long, and hours in which \
                 nobody works are drawn short.";
    (spans.iter().enumerate().map(place).collect(), ticks, scale.to_owned())
}

/// `22 06:15`: day and time.
fn short(minutes: i64) -> String {
    clock(minutes).get(8..).unwrap_or_default().to_owned()
}

fn drawing(runbook: &Runbook, blocks: &[Block], ticks: &Ticks, from: i64, to: i64) -> String {
    let lane = (WIDTH - GUTTER) / runbook.people.len().max(1);
    let height = to - from + HEAD + 4;
    let y = |pixels: i64| pixels.clamp(from, to) - from + HEAD;
    let label = html(&format!("Swim lanes, {} people", runbook.people.len()));
    let mut out = format!("<svg viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"{label}\">\n");
    for (index, _) in runbook.people.iter().enumerate() {
        let x = GUTTER + index * lane;
        let shade = if index % 2 == 0 { "lane" } else { "lane odd" };
        out.push_str(&format!("<rect class=\"{shade}\" x=\"{x}\" y=\"0\" width=\"{lane}\" height=\"{height}\"/>\n"));
        for (line, words) in two_lines(&person(runbook, index), lane / 7).iter().enumerate() {
            out.push_str(&format!("<text class=\"head\" x=\"{}\" y=\"{}\">{}</text>\n", x + 5, 14 + 13 * line, html(words)));
        }
    }
    for (top, bottom) in gaps(runbook, blocks) {
        if bottom > from && top < to {
            let (x, wide, tall) = (GUTTER, WIDTH - GUTTER, y(bottom) - y(top));
            out.push_str(&format!("<rect class=\"gap\" x=\"{x}\" y=\"{}\" width=\"{wide}\" height=\"{tall}\"/>\n", y(top)));
            let name = runbook.outage.as_ref().map_or("", |(name, _)| name);
            let words = name.split(' ').flat_map(|word| word.split('-'));
            for (line, word) in words.enumerate().take(usize::try_from(tall / 12).unwrap_or(0)) {
                let at = y(top) + 12 + 12 * i64::try_from(line).unwrap_or(0);
                out.push_str(&format!("<text class=\"gap-name\" x=\"{}\" y=\"{at}\">{}</text>\n", GUTTER - 5, html(word)));
            }
        }
    }
    let mut last = i64::MIN / 2;
    for (tick, name) in ticks.iter().filter(|(tick, _)| (from..to).contains(tick)) {
        if tick - last >= 12 {
            let at = y(*tick);
            out.push_str(&format!("<line class=\"tick\" x1=\"{GUTTER}\" x2=\"{WIDTH}\" y1=\"{at}\" y2=\"{at}\"/>\n"));
            out.push_str(&format!("<text class=\"time\" x=\"2\" y=\"{}\">{}</text>\n", at + 12, html(name)));
            last = *tick;
        }
    }
    for block in blocks.iter().filter(|block| block.bottom > from && block.top < to) {
        out.push_str(&one(runbook, block, lane, (y(block.top), y(block.bottom))));
    }
    out.push_str("</svg>\n");
    out
}

fn one(runbook: &Runbook, block: &Block, lane: usize, (top, bottom): (i64, i64)) -> String {
    let step = &runbook.steps[block.place];
    let x = GUTTER + step.person * lane;
    let colour = COLOURS[step.person % COLOURS.len()];
    let name = cut(&format!("{} {}", block.place + 1, step.id), (lane.saturating_sub(12)) / 6);
    let tall = (bottom - top - 3).max(1);
    let text = if tall > 11 { format!("<text x=\"{}\" y=\"{}\">{}</text>", x + 9, top + 13, html(&name)) } else { String::new() };
    format!(
        "<a href=\"#step-{number}\"><title>{title}</title><rect class=\"step\" fill=\"{colour}\" x=\"{left}\" y=\"{y}\" width=\"{wide}\" \
         height=\"{tall}\" rx=\"3\"/>{text}</a>\n",
        number = block.place + 1,
        title = html(&step.does),
        left = x + 3,
        y = top + 1,
        wide = lane.saturating_sub(6),
    )
}

/// From the top of the first to the bottom of the last block of each stretch of the outage.
fn gaps(runbook: &Runbook, blocks: &[Block]) -> Vec<(i64, i64)> {
    let mut out = Vec::new();
    for gap in &runbook.gaps {
        let inside = |block: &&Block| {
            in_gap(runbook, block.place)
                && gap.opens.is_none_or(|opens| opens <= block.place)
                && gap.closes.is_none_or(|closes| block.place <= closes)
        };
        let top = blocks.iter().filter(inside).map(|block| block.top).min();
        let bottom = blocks.iter().filter(inside).map(|block| block.bottom).max();
        out.extend(top.zip(bottom));
    }
    out
}

/// The text in at most two lines of so many characters, broken at a space where there is one.
fn two_lines(text: &str, characters: usize) -> Vec<String> {
    if text.chars().count() <= characters {
        return vec![text.to_owned()];
    }
    match text.rsplit_once(' ') {
        Some((first, second)) => vec![cut(first, characters), cut(second, characters)],
        None => vec![cut(text, characters)],
    }
}

/// At most so many characters, the last one `…` where some are left out.
fn cut(text: &str, characters: usize) -> String {
    if text.chars().count() <= characters {
        return text.to_owned();
    }
    text.chars().take(characters.saturating_sub(1)).chain(['\u{2026}']).collect()
}
