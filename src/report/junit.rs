//! JUnit XML: a suite for each file, a failed case for each error and warning, a skipped one for what cannot be told.

use super::summary::{FileReport, Run};
use crate::source::finding::{Finding, Level};
use crate::source::text::printable;
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};
use std::io::{self, Write};

/// Keeps the suites of all files: the head of the document counts their cases.
#[derive(Debug, Default)]
pub struct Writer {
    suites: Vec<TestSuite>,
}

impl super::summary::Writer for Writer {
    type Part = TestSuite;

    fn part(&self, file: FileReport) -> io::Result<TestSuite> {
        Ok(suite(&file))
    }

    fn add(&mut self, part: TestSuite, _: &mut dyn Write) -> io::Result<()> {
        self.suites.push(part);
        Ok(())
    }

    fn end(self, _: Run, out: &mut dyn Write) -> io::Result<()> {
        let mut report = Report::new("cutover");
        report.add_test_suites(self.suites);
        let mut text = report.to_string().map_err(io::Error::other)?;
        if !text.ends_with('\n') {
            text.push('\n');
        }
        out.write_all(text.as_bytes())
    }
}

fn suite(file: &FileReport) -> TestSuite {
    let name = printable(&file.source.name);
    let mut suite = TestSuite::new(name.clone());
    for finding in &file.findings {
        suite.add_test_case(case(file, &name, finding));
    }
    for rule in &file.undecided {
        let facts: Vec<&str> = rule.facts.iter().map(|fact| fact.name.as_str()).collect();
        let mut status = TestCaseStatus::skipped();
        status.set_message(printable(&format!("cannot tell: state {}", facts.join(", "))));
        suite.add_test_case(TestCase::new(rule.code.clone(), status));
    }
    if file.findings.is_empty() && file.undecided.is_empty() {
        suite.add_test_case(TestCase::new("every rule", TestCaseStatus::success()));
    }
    for case in &mut suite.test_cases {
        case.set_classname(name.clone());
    }
    suite
}

fn case(file: &FileReport, name: &str, finding: &Finding) -> TestCase {
    let (line, column) = file.source.line_column(finding.primary.span.start);
    let mut status = match finding.level {
        Level::Error | Level::Warning => TestCaseStatus::non_success(NonSuccessKind::Failure),
        Level::Note => TestCaseStatus::success(),
    };
    let message = printable(&finding.message);
    status.set_message(message.clone()).set_type(finding.level.word());
    let mut text = format!("{name}:{line}:{column}: {message}");
    if let Some(help) = &finding.help {
        text.push_str(&format!("\nhelp: {}", printable(help)));
    }
    if let Some(reference) = &finding.reference {
        text.push_str(&format!("\nmanual {} ({})", reference.place, reference.statements.join(", ")));
    }
    let is_note = finding.level == Level::Note;
    if !is_note {
        status.set_description(text.clone());
    }
    let mut case = TestCase::new(format!("{} (line {line})", finding.code), status);
    if is_note {
        case.set_system_out(text);
    }
    case
}
