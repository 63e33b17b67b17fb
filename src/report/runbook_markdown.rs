//! A runbook in Markdown (CommonMark with the tables and task lists of GFM).

use super::escape::{fenced, markdown};
use super::runbook_words::{
    Cover, DRAFT, STOP, details, durations, in_gap, items, media, numbers, origin, outage, particulars, person, places, used,
    verified, when, who,
};
use crate::engine::carry_out::runbook::{RunStep, Runbook};

/// The whole document.
#[must_use]
pub fn write(runbook: &Runbook, cover: &Cover) -> String {
    let mut out = String::new();
    front(runbook, cover, &mut out);
    checklists(runbook, cover, &mut out);
    lanes(runbook, cover, &mut out);
    itinerary(runbook, cover, &mut out);
    heading(cover, "Steps", &mut out);
    for place in 0..runbook.steps.len() {
        step(runbook, cover, place, &mut out);
    }
    out
}

fn heading(cover: &Cover, words: &str, out: &mut String) {
    out.push_str(&format!("## {words}\n\n"));
    if cover.is_draft {
        out.push_str(&format!("**{DRAFT}**\n\n"));
    }
}

fn front(runbook: &Runbook, cover: &Cover, out: &mut String) {
    let site = runbook.site.as_deref().unwrap_or(&cover.plan);
    out.push_str(&format!("# Runbook: {}\n\n", markdown(site)));
    if cover.is_draft {
        out.push_str(&format!("**{DRAFT}**\n\n"));
    }
    if let Some(scenario) = &runbook.scenario {
        out.push_str(&format!("{}\n\n", markdown(scenario)));
    }
    let mut line = |name: &str, words: &str| out.push_str(&format!("- **{name}:** {}\n", markdown(words)));
    line("Plan", &cover.plan);
    line("People", &(0..runbook.people.len()).map(|index| person(runbook, index)).collect::<Vec<_>>().join(", "));
    line("Bring", &media(runbook));
    line("Time", &durations(runbook));
    for words in outage(runbook).unwrap_or_default() {
        line("Outage", &words);
    }
    line("Rulebook", &format!("{} ({})", runbook.rulebook, runbook.manual));
    line("Verified", verified(cover));
    line("Made from", &origin(cover));
    line("Runbook", &cover.id);
    out.push('\n');
}

fn checklists(runbook: &Runbook, cover: &Cover, out: &mut String) {
    heading(cover, "Who does what", out);
    for (index, who) in runbook.people.iter().enumerate() {
        out.push_str(&format!("### {}\n\n", markdown(&person(runbook, index))));
        for place in &who.steps {
            let step = &runbook.steps[*place];
            let at = particulars(step, &runbook.media_kind);
            let at = if at.is_empty() { String::new() } else { format!(" ({})", markdown(&at)) };
            out.push_str(&format!("- [ ] {}: **{}** {}{at}\n", place + 1, markdown(&step.id), markdown(&step.does)));
        }
        out.push('\n');
    }
}

/// One row for each line of the swim lanes; a step of the outage is in bold.
fn lanes(runbook: &Runbook, cover: &Cover, out: &mut String) {
    heading(cover, "Swim lanes", out);
    if runbook.people.is_empty() {
        return;
    }
    let mut intro = "Time runs down; steps on one line may be done at the same time.".to_owned();
    if let Some((name, doc)) = &runbook.outage {
        intro.push_str(&format!(" Lines marked \u{25a0} are the {name}. {doc}"));
    }
    out.push_str(&format!("{}\n\n|  |", markdown(&intro)));
    for index in 0..runbook.people.len() {
        out.push_str(&format!(" {} |", markdown(&person(runbook, index))));
    }
    out.push_str(&format!("\n|---|{}\n", "---|".repeat(runbook.people.len())));
    let row = |place: usize| runbook.schedule.rows[runbook.steps[place].index];
    let last = (0..runbook.steps.len()).map(row).max().unwrap_or(0);
    for line in 0..=last {
        let here: Vec<usize> = (0..runbook.steps.len()).filter(|place| row(*place) == line).collect();
        let mark = if here.iter().any(|place| in_gap(runbook, *place)) { "\u{25a0}" } else { " " };
        out.push_str(&format!("| {mark} |"));
        for index in 0..runbook.people.len() {
            let own = here.iter().find(|place| runbook.steps[**place].person == index);
            let words = own.map_or(String::new(), |place| format!("{} {}", place + 1, markdown(&runbook.steps[*place].id)));
            out.push_str(&format!(" {words} |"));
        }
        out.push('\n');
    }
    out.push('\n');
}

fn itinerary(runbook: &Runbook, cover: &Cover, out: &mut String) {
    if runbook.media.is_empty() {
        return;
    }
    heading(cover, "Tapes", out);
    out.push_str("| set | step | what happens | label to write |\n|---|---|---|---|\n");
    for medium in &runbook.media {
        for one in &medium.uses {
            let step = &runbook.steps[one.step];
            let label = one.label.as_deref().map_or(String::new(), markdown);
            out.push_str(&format!(
                "| **{}** | {} {} | {} | {label} |\n",
                markdown(&medium.name),
                one.step + 1,
                markdown(&step.id),
                markdown(&used(one))
            ));
        }
    }
    out.push('\n');
}

fn step(runbook: &Runbook, cover: &Cover, place: usize, out: &mut String) {
    let step = &runbook.steps[place];
    out.push_str(&format!("### {}. {}\n\n", place + 1, markdown(&step.id)));
    if cover.is_draft {
        out.push_str(&format!("**{DRAFT}**\n\n"));
    }
    out.push_str(&format!("{}\n\n", markdown(&step.does)));
    let mut line = |name: &str, words: &str| {
        if !words.is_empty() {
            out.push_str(&format!("- **{name}:** {}\n", markdown(words)));
        }
    };
    line("Who", &who(runbook, step));
    line("Where", &places(step));
    line("With", &details(step));
    for one in &step.media {
        line("Tape", &format!("{}, {}", one.name, used(one)));
        line("Label", one.label.as_deref().unwrap_or_default());
    }
    line("When", &when(runbook, step));
    line("After", &if step.after.is_empty() { "nothing: any time".to_owned() } else { format!("step {}", numbers(&step.after)) });
    if !step.beside.is_empty() {
        line("May be done beside", &format!("step {}", numbers(&step.beside)));
    }
    if let (true, Some((name, _))) = (in_gap(runbook, place), &runbook.outage) {
        line("Be quick", &format!("this step is part of the {name}"));
    }
    out.push('\n');
    let mut listed = false;
    for (number, text) in items(&step.procedure) {
        // A paragraph after a list would be read as part of its last item.
        let gap = if listed && number.is_none() { "\n" } else { "" };
        match number {
            Some(number) => out.push_str(&format!("{number}. {}\n", markdown(&text))),
            None => out.push_str(&format!("{gap}{}\n\n", markdown(&text))),
        }
        listed = number.is_some();
    }
    out.push('\n');
    check(step, out);
    out.push_str(&format!("Manual {} p. {}", markdown(&runbook.manual_number), markdown(&step.page)));
    if !step.statements.is_empty() {
        out.push_str(&format!(" ({})", markdown(&step.statements.join(", "))));
    }
    out.push_str("\n\nDone by: \\_\\_\\_\\_\\_\\_\\_\\_\\_\\_\\_\\_\\_\\_\\_\\_ at: \\_\\_\\_\\_\\_\\_\\_\\_\\_\\_\\_\\_\n\n");
}

/// What must appear, and what to do if it does not.
fn check(step: &RunStep, out: &mut String) {
    if !step.expect.is_empty() {
        out.push_str(&format!("What must appear:\n\n{}\n", fenced(&step.expect.text(), "")));
    }
    if let Some(text) = &step.otherwise {
        out.push_str(&format!("If it does not: {}\n\n", markdown(text)));
    } else if !step.requirements.is_empty() {
        out.push_str(&format!("If it cannot be done: {STOP}\n\n"));
        for (code, help) in &step.requirements {
            out.push_str(&format!("- {} ({})\n", markdown(help), markdown(code)));
        }
        out.push('\n');
    }
}
