//! How long actions take at a site: an action and `30m`, or `2h..3h`. The words are the names of the rulebook's actions, so a
//! rulebook need not say anything of them.

use crate::source::finding::{Finding, nearest};
use crate::source::text::printable;
use crate::source::yaml::Node;
use crate::spec::machine::Machine;
use crate::spec::types::interval;
use std::collections::BTreeMap;

/// The key of a site that states them.
pub const KEY: &str = "durations";

/// What a site states, least and most minutes by the index of the action, and what is wrong with its words.
#[must_use]
pub fn read(machine: &Machine, root: &Node<'_>) -> (BTreeMap<usize, (i64, i64)>, Vec<Finding>) {
    let (mut out, mut findings) = (BTreeMap::new(), Vec::new());
    let Some(node) = root.get(KEY).filter(|node| !node.is_null()) else { return (out, findings) };
    let Some(entries) = node.entries() else {
        let message = format!("`{KEY}` should be a mapping of actions and times, and is {}", node.describe());
        findings.push(
            Finding::error("wrong-type", node.span, message)
                .help("write the name of an action and a time, such as `30m` or `2h..3h`"),
        );
        return (out, findings);
    };
    for (key, value) in entries {
        let name = key.scalar().unwrap_or_default();
        let Some(action) = machine.action(name) else {
            let known = nearest(name, machine.actions.iter().map(|action| action.name.as_str()));
            let finding = Finding::error("unknown-action", key.span, format!("no action is called `{}`", printable(name)));
            findings.push(finding.help(known));
            continue;
        };
        let Some(minutes) = value.scalar().and_then(interval) else {
            let message = format!("`{}` is no duration", printable(value.scalar().unwrap_or(value.describe())));
            let finding = Finding::error("wrong-type", value.span, message);
            findings.push(finding.help("write `30m`, or `2h..3h` for at least and at most"));
            continue;
        };
        if out.insert(action, minutes).is_some() {
            let finding = Finding::error("duplicate-key", key.span, format!("`{}` is stated twice", printable(name)));
            findings.push(finding.help("remove one of them"));
        }
    }
    (out, findings)
}
