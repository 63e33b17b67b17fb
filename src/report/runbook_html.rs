//! A runbook as one HTML file: no scripts, nothing fetched, for the screen of a phone and for paper.

use super::escape::html;
use super::lanes::{COLOURS, lanes};
use super::runbook_words::{
    Cover, DRAFT, STOP, details, durations, in_gap, items, media, numbers, origin, outage, particulars, person, places, used,
    verified, when, who,
};
use crate::engine::carry_out::runbook::{RunStep, Runbook};

const STYLE: &str = include_str!("runbook.css");

/// The whole document.
#[must_use]
pub fn write(runbook: &Runbook, cover: &Cover) -> String {
    let site = html(runbook.site.as_deref().unwrap_or(&cover.plan));
    let class = if cover.is_draft { " class=\"is-draft\"" } else { "" };
    let mut out = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <title>Runbook: {site}</title>\n<style>\n{STYLE}</style>\n</head>\n<body{class}>\n"
    );
    if cover.is_draft {
        out.push_str(&format!("<div class=\"stamp\" aria-hidden=\"true\">{DRAFT}</div>\n"));
    }
    front(runbook, cover, &site, &mut out);
    checklists(runbook, cover, &mut out);
    swim(runbook, cover, &mut out);
    itinerary(runbook, cover, &mut out);
    heading(cover, "steps", "Steps", &mut out);
    for place in 0..runbook.steps.len() {
        step(runbook, place, &mut out);
    }
    out.push_str("</body>\n</html>\n");
    out
}

fn heading(cover: &Cover, id: &str, words: &str, out: &mut String) {
    out.push_str(&format!("<h2 id=\"{id}\">{words}</h2>\n"));
    draft(cover, out);
}

fn draft(cover: &Cover, out: &mut String) {
    if cover.is_draft {
        out.push_str(&format!("<p class=\"draft\">{DRAFT}</p>\n"));
    }
}

fn colour(person: usize) -> &'static str {
    COLOURS[person % COLOURS.len()]
}

fn front(runbook: &Runbook, cover: &Cover, site: &str, out: &mut String) {
    out.push_str(&format!("<p class=\"kind\">Runbook</p>\n<h1>{site}</h1>\n"));
    draft(cover, out);
    if let Some(scenario) = &runbook.scenario {
        out.push_str(&format!("<p class=\"scenario\">{}</p>\n", html(scenario)));
    }
    out.push_str("<dl class=\"facts\">\n");
    let mut fact = |name: &str, class: &str, words: &str| {
        out.push_str(&format!("<dt>{name}</dt><dd{class}>{}</dd>\n", html(words)));
    };
    fact("Plan", "", &cover.plan);
    fact("People", "", &(0..runbook.people.len()).map(|index| person(runbook, index)).collect::<Vec<_>>().join(", "));
    fact("Bring", "", &media(runbook));
    fact("Time", "", &durations(runbook));
    for words in outage(runbook).unwrap_or_default() {
        fact("Outage", " class=\"outage\"", &words);
    }
    fact("Verified", "", verified(cover));
    fact("Rulebook", "", &format!("{} ({})", runbook.rulebook, runbook.manual));
    fact("Made from", "", &origin(cover));
    fact("Runbook", "", &cover.id);
    out.push_str("</dl>\n<nav><a href=\"#people\">Who does what</a><a href=\"#lanes\">Swim lanes</a>");
    if !runbook.media.is_empty() {
        out.push_str("<a href=\"#tapes\">Tapes</a>");
    }
    out.push_str("<a href=\"#steps\">Steps</a></nav>\n");
}

fn checklists(runbook: &Runbook, cover: &Cover, out: &mut String) {
    heading(cover, "people", "Who does what", out);
    out.push_str("<div class=\"people\">\n");
    for (index, who) in runbook.people.iter().enumerate() {
        let name = html(&person(runbook, index));
        out.push_str(&format!("<section class=\"person\" style=\"--who: {}\"><h3>{name}</h3><ul>\n", colour(index)));
        for place in &who.steps {
            let (step, number) = (&runbook.steps[*place], place + 1);
            out.push_str(&format!(
                "<li><span class=\"n\">{number}</span><a href=\"#step-{number}\">{} <span class=\"at\">{}</span></a></li>\n",
                html(step.does.trim_end_matches('.')),
                html(&particulars(step, &runbook.media_kind)),
            ));
        }
        out.push_str("</ul></section>\n");
    }
    out.push_str("</div>\n");
}

fn swim(runbook: &Runbook, cover: &Cover, out: &mut String) {
    heading(cover, "lanes", "Swim lanes", out);
    let lanes = lanes(runbook);
    let mut words = lanes.scale;
    if let Some((name, doc)) = runbook.outage.as_ref().filter(|_| !runbook.gaps.is_empty()) {
        words.push_str(&format!(" Shaded: the {name}. {doc}"));
    }
    out.push_str(&format!("<p>{}</p>\n", html(&words)));
    for drawing in &lanes.drawings {
        out.push_str(&format!("<div class=\"scroll\">\n{drawing}</div>\n"));
    }
}

fn itinerary(runbook: &Runbook, cover: &Cover, out: &mut String) {
    if runbook.media.is_empty() {
        return;
    }
    heading(cover, "tapes", "Tapes", out);
    out.push_str("<table class=\"tapes\"><thead><tr><th>Set</th><th>Step</th><th>What happens</th><th>Label to write</th></tr></thead><tbody>\n");
    for medium in &runbook.media {
        for (index, one) in medium.uses.iter().enumerate() {
            let number = one.step + 1;
            let name = if index == 0 { html(&medium.name) } else { String::new() };
            let first = if index == 0 { " class=\"first\"" } else { "" };
            let class = if one.label.is_some() { "write" } else { "read" };
            out.push_str(&format!(
                "<tr{first}><td><b>{name}</b></td><td><a href=\"#step-{number}\">{number} {}</a></td><td class=\"{class}\">{}</td><td class=\"label\">{}</td></tr>\n",
                html(&runbook.steps[one.step].id),
                html(&used(one)),
                html(one.label.as_deref().unwrap_or_default()),
            ));
        }
    }
    out.push_str("</tbody></table>\n");
}

fn step(runbook: &Runbook, place: usize, out: &mut String) {
    let step = &runbook.steps[place];
    let hurry = in_gap(runbook, place);
    let class = if hurry { "step-card in-gap" } else { "step-card" };
    let number = place + 1;
    out.push_str(&format!(
        "<article class=\"{class}\" id=\"step-{number}\" style=\"--who: {}\">\n<header><span class=\"number\">{number}</span>\
         <div><h3>{}</h3><span class=\"id\">{}</span></div></header>\n<ul class=\"chips\">\n",
        colour(step.person),
        html(&step.does),
        html(&step.id),
    ));
    let mut chip = |class: &str, name: &str, words: &str| {
        if !words.is_empty() {
            let name = if name.is_empty() { String::new() } else { format!("<b>{name}</b> ") };
            out.push_str(&format!("<li{class}>{name}{}</li>\n", html(words)));
        }
    };
    chip(" class=\"who\"", "", &who(runbook, step));
    chip("", "at", &places(step));
    chip("", "", &details(step));
    for one in &step.media {
        chip("", "tape", &format!("{}, {}", one.name, used(one)));
    }
    chip("", "", &when(runbook, step));
    let after = if step.after.is_empty() { "at any time".to_owned() } else { format!("after {}", numbers(&step.after)) };
    chip("", "", &after);
    if !step.beside.is_empty() {
        chip("", "may be done beside", &numbers(&step.beside));
    }
    if let (true, Some((name, _))) = (hurry, &runbook.outage) {
        chip(" class=\"hurry\"", "", &format!("be quick: {name}"));
    }
    out.push_str("</ul>\n<div class=\"do\">\n");
    for (number, text) in items(&step.procedure) {
        let number = number.map_or(String::new(), |number| format!("<b>{}</b>", html(number)));
        out.push_str(&format!("<p>{number}{}</p>\n", html(&text)));
    }
    out.push_str("</div>\n");
    for label in step.media.iter().filter_map(|one| one.label.as_deref()) {
        out.push_str(&format!("<div class=\"label-text\">Label: {}</div>\n", html(label)));
    }
    check(step, out);
    let statements = if step.statements.is_empty() { String::new() } else { format!(" ({})", step.statements.join(", ")) };
    out.push_str(&format!(
        "<div class=\"foot\"><div class=\"sign\"><span>Done by</span><span>at</span></div><div class=\"manual\">Manual {} p. {}{}</div></div>\n</article>\n",
        html(&runbook.manual_number),
        html(&step.page),
        html(&statements),
    ));
}

/// What must appear, and what to do if it does not.
fn check(step: &RunStep, out: &mut String) {
    if !step.expect.is_empty() {
        let text = html(&step.expect.text());
        out.push_str(&format!("<div class=\"see\"><p>What must appear</p><pre class=\"screen\">{text}</pre></div>\n"));
    }
    if let Some(text) = &step.otherwise {
        out.push_str(&format!("<div class=\"else\"><b>If it does not:</b> {}</div>\n", html(text)));
    } else if !step.requirements.is_empty() {
        out.push_str(&format!("<div class=\"else needs\"><b>If it cannot be done:</b> {STOP}<ul>\n"));
        for (code, help) in &step.requirements {
            out.push_str(&format!("<li>{} <span class=\"id\">({})</span></li>\n", html(help), html(code)));
        }
        out.push_str("</ul></div>\n");
    }
}
