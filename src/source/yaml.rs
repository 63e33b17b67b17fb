//! YAML (and so JSON) text to a tree in which every key, value and container has its bytes.
//! Bounded in size, nesting and alias expansion; refuses tags and merge keys. Gives no meaning to scalars.

use super::finding::Finding;
use super::text::{Source, Span};
use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, ScanError, Span as ParserSpan, StructureStyle};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Longest file that is read, in bytes; also the most text of one document, counted after aliases are expanded.
pub const FILE_BYTES_MAX: usize = 1 << 20;
/// Longest single scalar, in bytes.
pub const SCALAR_BYTES_MAX: usize = 64 << 10;
/// Longest key, in characters: YAML's own limit.
const KEY_CHARACTERS_MAX: usize = 1024;
/// Deepest nesting of sequences and mappings.
pub const DEPTH_MAX: usize = 32;
/// Most nodes of one document, counted after aliases are expanded.
pub const NODES_MAX: usize = 100_000;

/// How a scalar was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Without quotes.
    Plain,
    /// In `'…'`.
    Single,
    /// In `"…"`.
    Double,
    /// After `|`.
    Literal,
    /// After `>`.
    Folded,
}

/// A value and its place.
#[derive(Clone, Debug)]
pub struct Node<'a> {
    /// Its bytes, without a trailing comment or line end.
    pub span: Span,
    /// What it is.
    pub kind: Kind<'a>,
}

/// What a node is.
#[derive(Clone, Debug)]
pub enum Kind<'a> {
    /// Text, with escapes resolved.
    Scalar(Cow<'a, str>, Style),
    /// `- …` or `[…]`.
    Sequence(Vec<Node<'a>>),
    /// Keys and values in file order.
    Mapping(Vec<(Node<'a>, Node<'a>)>),
}

impl<'a> Node<'a> {
    /// The text of a scalar.
    #[must_use]
    pub fn scalar(&self) -> Option<&str> {
        match &self.kind {
            Kind::Scalar(text, _) => Some(text),
            _ => None,
        }
    }

    /// Whether it is an empty value, `~` or `null`: nothing was said.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(&self.kind, Kind::Scalar(text, Style::Plain) if matches!(&**text, "" | "~" | "null"))
    }

    /// The entries of a mapping.
    #[must_use]
    pub fn entries(&self) -> Option<&[(Node<'a>, Node<'a>)]> {
        match &self.kind {
            Kind::Mapping(entries) => Some(entries),
            _ => None,
        }
    }

    /// The items of a sequence.
    #[must_use]
    pub fn items(&self) -> Option<&[Node<'a>]> {
        match &self.kind {
            Kind::Sequence(items) => Some(items),
            _ => None,
        }
    }

    /// The value of a key of a mapping.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Node<'a>> {
        self.entries()?.iter().find(|(k, _)| k.scalar() == Some(key)).map(|(_, v)| v)
    }

    /// "a list", "a mapping", "text".
    #[must_use]
    pub fn describe(&self) -> &'static str {
        match self.kind {
            Kind::Scalar(..) => "a single value",
            Kind::Sequence(_) => "a list",
            Kind::Mapping(_) => "a mapping",
        }
    }

    /// How many nodes it is, with all below it, and the bytes of their texts.
    fn size(&self) -> (usize, usize) {
        let sum = |(nodes, bytes): (usize, usize), node: &Self| {
            let (more_nodes, more_bytes) = node.size();
            (nodes + more_nodes, bytes + more_bytes)
        };
        match &self.kind {
            Kind::Scalar(text, _) => (1, text.len()),
            Kind::Sequence(items) => items.iter().fold((1, 0), sum),
            Kind::Mapping(entries) => entries.iter().fold((1, 0), |size, (key, value)| sum(sum(size, key), value)),
        }
    }
}

/// The tree of the one document in `source`.
///
/// # Errors
/// The first thing that makes the text unusable, as a finding.
pub fn parse(source: &Source) -> Result<Node<'_>, Finding> {
    let options = granit_parser::options! { emit_comments: false, simple_key_max_lookahead: KEY_CHARACTERS_MAX, flow_nesting_limit: DEPTH_MAX };
    let mut parser = Parser::new_from_str_with_options(&source.text, options);
    let mut builder = Builder {
        text: &source.text,
        open: Vec::new(),
        waiting: Vec::new(),
        root: None,
        anchors: BTreeMap::new(),
        expanded: (0, 0),
        anchored: (0, 0),
    };
    while let Some(next) = parser.next_event() {
        match next {
            Ok((event, place)) => builder.event(event, &place)?,
            Err(error) => return Err(builder.syntax_error(&error)),
        }
    }
    builder.finished()
}

struct Builder<'a> {
    text: &'a str,
    /// Containers that are still open, the innermost last.
    open: Vec<Open>,
    /// What is in the open containers so far, that of the innermost last; of a mapping each key and then its value.
    waiting: Vec<Node<'a>>,
    root: Option<Node<'a>>,
    anchors: BTreeMap<usize, Node<'a>>,
    /// Nodes and bytes of text of the document so far, aliases expanded.
    expanded: (usize, usize),
    /// The same of what anchors name, which is kept until the end.
    anchored: (usize, usize),
}

/// A container that is still open.
struct Open {
    start: usize,
    anchor: usize,
    flow: bool,
    is_mapping: bool,
    /// Where what is in it begins among what is waiting.
    first: usize,
}

impl<'a> Builder<'a> {
    fn event(&mut self, event: Event<'a>, place: &ParserSpan) -> Result<(), Finding> {
        let span = self.span(place);
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.refuse_tag(tag.is_some(), place)?;
                let node = self.scalar(text, style, span)?;
                self.done(node, anchor)
            }
            Event::Alias(id) => {
                let node = self.alias(id, span)?;
                self.done(node, 0)
            }
            Event::SequenceStart(style, anchor, tag) => {
                self.refuse_tag(tag.is_some(), place)?;
                self.open(span, anchor, style, false)
            }
            Event::MappingStart(style, anchor, tag) => {
                self.refuse_tag(tag.is_some(), place)?;
                self.open(span, anchor, style, true)
            }
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(open) => {
                    let node = self.close(&open, span);
                    self.done(node, open.anchor)
                }
                None => Ok(()),
            },
            Event::DocumentStart(..) if self.root.is_some() => {
                let finding = Finding::error("several-documents", span, "the file holds more than one document");
                Err(finding.help("put each site or plan in a file of its own"))
            }
            _ => Ok(()),
        }
    }

    /// Puts a finished value where it belongs.
    fn done(&mut self, node: Node<'a>, anchor: usize) -> Result<(), Finding> {
        if anchor != 0 {
            self.anchored = within_limits(self.anchored, node.size(), node.span)?;
            self.anchors.insert(anchor, node.clone());
        }
        match self.open.last() {
            Some(open) => {
                if open.is_mapping && (self.waiting.len() - open.first).is_multiple_of(2) {
                    refuse_as_key(&node)?;
                }
                self.waiting.push(node);
            }
            None => self.root = Some(node),
        }
        Ok(())
    }

    fn finished(self) -> Result<Node<'a>, Finding> {
        self.root.filter(|node| !node.is_null()).ok_or_else(|| {
            Finding::error("empty-file", Span::new(0, 0), "the file says nothing")
                .help("see `cutover schema site` for what belongs there")
        })
    }

    fn span(&self, place: &ParserSpan) -> Span {
        let start = self.byte(&place.start);
        let mut end = self.byte(&place.end).max(start);
        while end > start && self.text.as_bytes().get(end - 1).is_some_and(u8::is_ascii_whitespace) {
            end -= 1;
        }
        Span::new(start, end)
    }

    fn byte(&self, marker: &granit_parser::Marker) -> usize {
        marker
            .byte_offset()
            .unwrap_or_else(|| self.text.char_indices().nth(marker.index()).map_or(self.text.len(), |(byte, _)| byte))
    }

    fn syntax_error(&self, error: &ScanError) -> Finding {
        let at = self.byte(error.marker()).min(self.text.len());
        let span = Span::new(at, at);
        match error.kind() {
            ErrorKind::RecursionLimitExceeded => return too_deep(span),
            ErrorKind::UndeclaredTagHandle => return tagged(span),
            _ => {}
        }
        let (message, way_out) = in_words(error);
        let nothing = "nothing in this file was checked";
        let help = if way_out.is_empty() { nothing.to_owned() } else { format!("{way_out}; {nothing}") };
        Finding::error("yaml-syntax", span, message).help(help)
    }

    fn refuse_tag(&self, has_tag: bool, place: &ParserSpan) -> Result<(), Finding> {
        if has_tag { Err(tagged(self.span(&place.tag_span().unwrap_or(*place)))) } else { Ok(()) }
    }

    fn scalar(&mut self, text: Cow<'a, str>, style: ScalarStyle, span: Span) -> Result<Node<'a>, Finding> {
        self.expanded = within_limits(self.expanded, (1, text.len()), span)?;
        if text.len() > SCALAR_BYTES_MAX {
            let message = format!("a value of {} bytes; the limit is {SCALAR_BYTES_MAX}", text.len());
            let start = Span::new(span.start, span.start);
            return Err(Finding::error("value-too-long", start, message).help("a site holds names and numbers, not documents"));
        }
        let style = match style {
            ScalarStyle::Plain => Style::Plain,
            ScalarStyle::SingleQuoted => Style::Single,
            ScalarStyle::DoubleQuoted => Style::Double,
            ScalarStyle::Literal => Style::Literal,
            ScalarStyle::Folded => Style::Folded,
        };
        Ok(Node { span, kind: Kind::Scalar(text, style) })
    }

    /// A copy of what the anchor names, at the place of the alias.
    fn alias(&mut self, id: usize, span: Span) -> Result<Node<'a>, Finding> {
        let Some(node) = self.anchors.get(&id) else {
            let finding = Finding::error("alias-inside-itself", span, "this alias stands inside the value it names");
            return Err(finding.help("write the value out"));
        };
        self.expanded = within_limits(self.expanded, node.size(), span)?;
        Ok(Node { span, kind: node.kind.clone() })
    }

    fn open(&mut self, span: Span, anchor: usize, style: StructureStyle, is_mapping: bool) -> Result<(), Finding> {
        self.expanded = within_limits(self.expanded, (1, 0), span)?;
        if self.open.len() >= DEPTH_MAX {
            return Err(too_deep(span));
        }
        let (flow, first) = (style == StructureStyle::Flow, self.waiting.len());
        self.open.push(Open { start: span.start, anchor, flow, is_mapping, first });
        Ok(())
    }

    /// The finished container. Flow containers end at their bracket, block ones with their last child.
    fn close(&mut self, open: &Open, end: Span) -> Node<'a> {
        let mut inside = self.waiting.drain(open.first..);
        let last = inside.as_slice().last().map(|node| node.span.end);
        let kind = if open.is_mapping {
            let mut entries = Vec::with_capacity(inside.len() / 2);
            while let (Some(key), Some(value)) = (inside.next(), inside.next()) {
                entries.push((key, value));
            }
            Kind::Mapping(entries)
        } else {
            Kind::Sequence(inside.collect())
        };
        let end = if open.flow { end.end.max(end.start) } else { last.unwrap_or(open.start).max(open.start) };
        Node { span: Span::new(open.start, end.max(open.start)), kind }
    }
}

/// The sum of two sizes.
fn within_limits(sum: (usize, usize), more: (usize, usize), span: Span) -> Result<(usize, usize), Finding> {
    let (nodes, bytes) = (sum.0 + more.0, sum.1 + more.1);
    let message = match (nodes > NODES_MAX, bytes > FILE_BYTES_MAX) {
        (true, _) => format!("the file holds more than {NODES_MAX} values once its aliases are expanded"),
        (_, true) => format!("the file holds more than {FILE_BYTES_MAX} bytes of text once its aliases are expanded"),
        _ => return Ok((nodes, bytes)),
    };
    Err(Finding::error("too-many-values", Span::new(span.start, span.start), message).help("write out less, or split the file"))
}

fn tagged(span: Span) -> Finding {
    let finding = Finding::error("yaml-tag", span, "a YAML tag (`!…`) would change how the value is read");
    finding.help("remove the tag; put quotes around a value that begins with `!`")
}

fn too_deep(span: Span) -> Finding {
    Finding::error("nested-too-deep", span, format!("nested more than {DEPTH_MAX} levels deep")).help("a site needs six levels")
}

/// What is wrong with the text, and a way out where there is one.
fn in_words(error: &ScanError) -> (String, &'static str) {
    let (message, way_out) = match error.kind() {
        ErrorKind::UnknownAnchor => {
            ("no value above has the name of this alias", "write the value out, or put quotes around text that begins with `*`")
        }
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation
        | ErrorKind::TabInPlainScalar => ("a tab where YAML allows only spaces", "indent with spaces"),
        ErrorKind::UnclosedQuotedScalar | ErrorKind::DocumentIndicatorInQuotedScalar => {
            ("this quote is never closed", "close it")
        }
        ErrorKind::InvalidTrailingSingleQuotedScalar => ("text behind a closing quote", "a quote inside '…' is written twice"),
        ErrorKind::InvalidTrailingDoubleQuotedScalar => ("text behind a closing quote", "a quote inside \"…\" is written \\\""),
        ErrorKind::UnknownQuotedScalarEscape => {
            ("this text holds a backslash that begins no escape", "write \\\\ for a backslash")
        }
        ErrorKind::InvalidQuotedScalarHexEscape
        | ErrorKind::InvalidLowSurrogateHexEscape
        | ErrorKind::InvalidLowSurrogate
        | ErrorKind::MissingLowSurrogate
        | ErrorKind::UnpairedLowSurrogate
        | ErrorKind::InvalidUnicodeEscape => {
            ("this text holds an escape that stands for no character", "write \\\\ for a backslash")
        }
        ErrorKind::MappingValueNotAllowed => {
            ("no value can begin here", "check the indentation, or put quotes around text that holds `: `")
        }
        ErrorKind::SimpleKeyExpected | ErrorKind::InvalidSimpleKey => {
            ("a key without `:`, or a key longer than 1024 characters", "")
        }
        ErrorKind::ExpectedBlockMappingKey => ("expected a key here", "check the indentation"),
        ErrorKind::ExpectedFlowMappingSeparator => ("expected `,` or `}` here", ""),
        ErrorKind::ExpectedFlowSequenceSeparator => ("expected `,` or `]` here", ""),
        ErrorKind::ExpectedDocumentStart => ("expected the end of the file, or `---`", "close each bracket once, at the end"),
        ErrorKind::UnexpectedCharacter { .. } => ("no value begins with this character", "put quotes around the text"),
        ErrorKind::MisplacedFlowCollectionEnd => ("a closing bracket that nothing opened", ""),
        ErrorKind::MissingAnchorOrAliasName => {
            ("`*` or `&` without a name", "put quotes around text that begins with `*` or `&`")
        }
        _ => return (error.info().replace('\n', " "), ""),
    };
    (message.to_owned(), way_out)
}

/// Keys are words, each for itself.
fn refuse_as_key(node: &Node<'_>) -> Result<(), Finding> {
    if node.is_null() {
        return Err(Finding::error("key-is-no-text", node.span, "a key that says nothing").help("keys are words"));
    }
    let Kind::Scalar(text, style) = &node.kind else {
        let finding = Finding::error("key-is-no-text", node.span, format!("{} cannot be a key", node.describe()));
        return Err(finding.help("keys are words"));
    };
    if &**text == "<<" && *style == Style::Plain {
        let finding = Finding::error("yaml-merge-key", node.span, "a merge key (`<<`) hides which value counts");
        return Err(finding.help("write the fields out, or use an alias for a whole value"));
    }
    Ok(())
}
