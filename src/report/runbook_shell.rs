//! A runbook as a POSIX shell script that leads through the steps and runs the commands among them.
//!
//! What the script does is `runbook.sh`, which is the same for every plan; what is written here are calls of its functions,
//! whose words are all quoted by [`shell`].

use super::escape::{shell, visible};
use super::runbook_words::{
    Cover, DRAFT, STOP, details, durations, in_gap, media, numbers, origin, outage, places, used, verified, when, who,
};
use crate::engine::carry_out::runbook::{RunCommand, RunStep, Runbook};
use crate::source::text::printable;
use std::collections::BTreeSet;

const FUNCTIONS: &str = include_str!("runbook.sh");

/// The whole script.
#[must_use]
pub fn write(runbook: &Runbook, cover: &Cover) -> String {
    let site = printable(runbook.site.as_deref().unwrap_or(&cover.plan));
    let mut out = format!(
        "#!/bin/sh\n# Runbook: {site}\n# {}\n# Written by cutover {}. Run it with sh, dash or ksh; -h tells how.\n# What stands in single quotes is meant as it is.\n# shellcheck disable=SC2016\nset -u\nLC_ALL=C\nexport LC_ALL\n\
         runbook={}\ndraft={}\n\n{FUNCTIONS}\n",
        printable(verified(cover)),
        env!("CARGO_PKG_VERSION"),
        shell(&cover.id),
        if cover.is_draft { "yes" } else { "no" },
    );
    front(runbook, cover, &site, &mut out);
    consoles(runbook, &mut out);
    for place in 0..runbook.steps.len() {
        step(runbook, place, &mut out);
    }
    out.push_str("\ntell '' 'All steps are done.'\n");
    out
}

/// A call of `tell` that prints these lines.
fn tell(lines: &[String], indent: &str, out: &mut String) {
    let words: Vec<String> = lines.iter().map(|line| shell(&visible(line))).collect();
    out.push_str(&format!("{indent}tell {}\n", words.join(&format!(" \\\n{indent}  "))));
}

fn front(runbook: &Runbook, cover: &Cover, site: &str, out: &mut String) {
    let mut lines = vec![String::new(), format!("Runbook: {site}")];
    if cover.is_draft {
        lines.push(DRAFT.to_owned());
    }
    lines.extend(runbook.scenario.clone());
    lines.push(format!("Bring:     {}", media(runbook)));
    lines.push(format!("Time:      {}", durations(runbook)));
    lines.extend(outage(runbook).unwrap_or_default());
    lines.push(origin(cover));
    tell(&lines, "", out);
}

/// Asks on which console the script runs, if it has commands.
fn consoles(runbook: &Runbook, out: &mut String) {
    let commands = runbook.steps.iter().flat_map(|step| &step.commands);
    let names: BTreeSet<&str> = commands.map(|command| command.on.as_str()).collect();
    if names.is_empty() {
        out.push_str("# No step has a command, so it does not matter where this runs.\n: \"$asked\"\n");
        return;
    }
    out.push_str("if [ \"$asked\" = no ]; then\n");
    let mut lines = vec!["On whose console does this run?".to_owned(), "  0  none of these".to_owned()];
    lines.extend(names.iter().enumerate().map(|(index, name)| format!("  {}  {}", index + 1, printable(name))));
    tell(&lines, "  ", out);
    out.push_str("  while :; do\n    ask 'Number:'\n    case $answer in\n      0) break ;;\n");
    for (index, name) in names.iter().enumerate() {
        out.push_str(&format!("      {}) console={} && break ;;\n", index + 1, shell(name)));
    }
    out.push_str("    esac\n  done\nfi\n");
}

fn step(runbook: &Runbook, place: usize, out: &mut String) {
    let step = &runbook.steps[place];
    let number = place + 1;
    out.push_str(&format!("\nif due {number}; then\n"));
    tell(&description(runbook, place), "  ", out);
    out.push_str(&format!("  if start {number} {}; then\n", shell(&visible(&otherwise(step)))));
    for command in &step.commands {
        call(step, number, command, out);
    }
    out.push_str(&format!("    finish {number}\n  fi\nfi\n"));
}

fn description(runbook: &Runbook, place: usize) -> Vec<String> {
    let step = &runbook.steps[place];
    let mut lines = vec![format!("Step {} of {}: {} ({})", place + 1, runbook.steps.len(), step.does, printable(&step.id))];
    let mut line = |name: &str, words: &str| {
        if !words.is_empty() {
            lines.push(format!("{name:<11}{}", printable(words)));
        }
    };
    line("Who:", &who(runbook, step));
    line("Where:", &places(step));
    line("With:", &details(step));
    for one in &step.media {
        line("Tape:", &format!("{}, {}", one.name, used(one)));
        line("Label:", one.label.as_deref().unwrap_or_default());
    }
    line("When:", &when(runbook, step));
    if !step.beside.is_empty() {
        line("Beside:", &format!("others may do {} meanwhile", numbers(&step.beside)));
    }
    if let (true, Some((name, _))) = (in_gap(runbook, place), &runbook.outage) {
        line("Be quick:", name);
    }
    line("Manual:", &format!("{} p. {}", runbook.manual_number, step.page));
    lines.push(String::new());
    lines.push(step.procedure.clone());
    if !step.expect.is_empty() {
        lines.push(String::new());
        lines.push("What must appear:".to_owned());
        lines.extend(step.expect.text().lines().map(|line| format!("  | {line}")));
    }
    lines.push(String::new());
    lines
}

/// What to do when a step is not as it should be.
fn otherwise(step: &RunStep) -> String {
    if let Some(text) = &step.otherwise {
        return text.trim_end().to_owned();
    }
    if step.requirements.is_empty() {
        return String::new();
    }
    let list: Vec<String> = step.requirements.iter().map(|(code, help)| format!("  - {help} ({code})")).collect();
    format!("{STOP}\n{}", list.join("\n"))
}

fn call(step: &RunStep, number: usize, command: &RunCommand, out: &mut String) {
    let shown: Vec<String> = command.words.iter().map(|word| printable(word)).collect();
    let mut lines = vec![format!("Command on the console of {}: {}", printable(&command.on), shown.join(" "))];
    if !command.answers.is_empty() {
        lines.push(format!("It is answered with: {}", command.answers.join(", ")));
    }
    tell(&lines, "    ", out);
    let kind = match command {
        RunCommand { is_doubtful: true, .. } => "hand",
        RunCommand { is_dialogue: true, .. } => "dialogue",
        _ => "quiet",
    };
    if kind == "quiet" {
        out.push_str(&filled("input", command.answers.iter().cloned()));
        let normal = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
        let mark = |in_order: bool| if in_order { '=' } else { '*' };
        let expected = step.expect.asked().map(|(in_order, line)| format!("{}{}", mark(in_order), normal(line)));
        out.push_str(&filled("expect", expected));
    }
    let words: Vec<String> = command.words.iter().map(|word| shell(word)).collect();
    let (on, seconds) = (shell(&command.on), command.at_most * 60);
    out.push_str(&format!("    on_console {on} {number} {seconds} {kind} {}\n", words.join(" ")));
}

/// A call that fills a file with lines; one that empties it if there are none.
fn filled(function: &str, lines: impl Iterator<Item = String>) -> String {
    let words: Vec<String> = lines.map(|line| shell(&line)).collect();
    if words.is_empty() {
        let file = if function == "input" { "input" } else { "expected" };
        return format!("    : > \"$work/{file}\"\n");
    }
    format!("    {function} {}\n", words.join(" \\\n      "))
}
