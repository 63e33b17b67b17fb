//! YAML (and so JSON) text to a tree in which every key, value and container has its bytes.
//! Bounded in size, nesting and alias expansion; refuses tags and merge keys. Gives no meaning to scalars.

use super::finding::Finding;
use super::text::{Source, Span};
use granit_parser::{Event, Parser, ScalarStyle, Span as ParserSpan, StructureStyle};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Longest file that is read, in bytes.
pub const FILE_BYTES_MAX: usize = 2 << 20;
/// Longest single scalar, in bytes.
pub const SCALAR_BYTES_MAX: usize = 64 << 10;
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

    fn size(&self) -> usize {
        1 + match &self.kind {
            Kind::Scalar(..) => 0,
            Kind::Sequence(items) => items.iter().map(Node::size).sum(),
            Kind::Mapping(entries) => entries.iter().map(|(k, v)| k.size() + v.size()).sum(),
        }
    }
}

/// The text of a file, or why its bytes are none.
///
/// # Errors
/// A finding when the bytes are too many, are not UTF-8, or hold a NUL.
pub fn decode(bytes: &[u8]) -> Result<&str, Finding> {
    let start = Span::new(0, 0);
    if bytes.len() > FILE_BYTES_MAX {
        let message = format!("the file has {} bytes; the limit is {FILE_BYTES_MAX}", bytes.len());
        return Err(Finding::error("file-too-large", start, message).help("split it into one file per site"));
    }
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(Finding::error("not-utf-8", start, "the file is UTF-16").help("save it as UTF-8"));
    }
    let bytes = bytes.strip_prefix(&[0xef, 0xbb, 0xbf]).unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let line = bytes.iter().take(error.valid_up_to()).filter(|&&b| b == b'\n').count() + 1;
        Finding::error("not-utf-8", start, format!("the file is not UTF-8 (line {line})")).help("save it as UTF-8")
    })?;
    match text.find(|c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{85}')) {
        Some(at) => {
            let message = format!("control character {} in the file", text[at..].chars().next().unwrap_or(' ').escape_unicode());
            Err(Finding::error("control-character", Span::new(at, at + 1), message).help("remove it"))
        }
        None => Ok(text),
    }
}

/// The tree of the one document in `source`.
///
/// # Errors
/// The first thing that makes the text unusable, as a finding.
pub fn parse(source: &Source) -> Result<Node<'_>, Finding> {
    Builder { parser: Parser::new_from_str(&source.text), text: &source.text, anchors: BTreeMap::new(), nodes: 0 }.document()
}

struct Builder<'a> {
    parser: Parser<'a, granit_parser::StrInput<'a>>,
    text: &'a str,
    anchors: BTreeMap<usize, Node<'a>>,
    nodes: usize,
}

/// A container that is still open.
struct Open<'a> {
    start: usize,
    anchor: usize,
    flow: bool,
    items: Items<'a>,
}

enum Items<'a> {
    Sequence(Vec<Node<'a>>),
    Mapping(Vec<(Node<'a>, Node<'a>)>, Option<Node<'a>>),
}

impl<'a> Builder<'a> {
    fn document(&mut self) -> Result<Node<'a>, Finding> {
        let mut stack: Vec<Open<'a>> = Vec::new();
        let mut root: Option<Node<'a>> = None;
        while let Some(event) = self.parser.next_event() {
            let (event, place) = event.map_err(|error| self.syntax_error(&error))?;
            let span = self.span(&place);
            let done = match event {
                Event::Scalar(text, style, anchor, tag) => {
                    refuse_tag(tag.is_some(), span)?;
                    Some((self.scalar(text, style, span)?, anchor))
                }
                Event::Alias(id) => Some((self.alias(id, span)?, 0)),
                Event::SequenceStart(style, anchor, tag) => {
                    refuse_tag(tag.is_some(), span)?;
                    self.open(&mut stack, span, anchor, style, Items::Sequence(Vec::new()))?;
                    None
                }
                Event::MappingStart(style, anchor, tag) => {
                    refuse_tag(tag.is_some(), span)?;
                    self.open(&mut stack, span, anchor, style, Items::Mapping(Vec::new(), None))?;
                    None
                }
                Event::SequenceEnd | Event::MappingEnd => stack.pop().map(|open| close(open, span)),
                Event::DocumentStart(..) if root.is_some() => {
                    let finding = Finding::error("several-documents", span, "the file holds more than one document");
                    return Err(finding.help("put each site or plan in a file of its own"));
                }
                _ => None,
            };
            if let Some((node, anchor)) = done {
                if anchor != 0 {
                    self.anchors.insert(anchor, node.clone());
                }
                match stack.last_mut() {
                    Some(open) => add(open, node)?,
                    None => root = Some(node),
                }
            }
        }
        root.filter(|node| !node.is_null()).ok_or_else(|| {
            Finding::error("empty-file", Span::new(0, 0), "the file is empty").help("see `cutover schema site` for what belongs there")
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
        marker.byte_offset().unwrap_or_else(|| {
            self.text.char_indices().nth(marker.index()).map_or(self.text.len(), |(byte, _)| byte)
        })
    }

    fn syntax_error(&self, error: &granit_parser::ScanError) -> Finding {
        let at = self.byte(error.marker()).min(self.text.len());
        Finding::error("yaml-syntax", Span::new(at, at), error.info()).help("the file is not well-formed YAML; nothing in it was checked")
    }

    fn count(&mut self, nodes: usize, span: Span) -> Result<(), Finding> {
        self.nodes += nodes;
        if self.nodes > NODES_MAX {
            let message = format!("the file holds more than {NODES_MAX} values once its aliases are expanded");
            return Err(Finding::error("too-many-values", span, message).help("write out less, or split the file"));
        }
        Ok(())
    }

    fn scalar(&mut self, text: Cow<'a, str>, style: ScalarStyle, span: Span) -> Result<Node<'a>, Finding> {
        self.count(1, span)?;
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

    fn alias(&mut self, id: usize, span: Span) -> Result<Node<'a>, Finding> {
        let Some(node) = self.anchors.get(&id) else {
            let finding = Finding::error("alias-inside-itself", span, "this alias stands inside the value it names");
            return Err(finding.help("write the value out"));
        };
        let size = node.size();
        self.count(size, span)?;
        self.anchors.get(&id).cloned().ok_or_else(|| Finding::error("yaml-syntax", span, "unknown alias"))
    }

    fn open(&mut self, stack: &mut Vec<Open<'a>>, span: Span, anchor: usize, style: StructureStyle, items: Items<'a>) -> Result<(), Finding> {
        self.count(1, span)?;
        if stack.len() >= DEPTH_MAX {
            let message = format!("nested more than {DEPTH_MAX} levels deep");
            return Err(Finding::error("nested-too-deep", span, message).help("a site needs six levels"));
        }
        stack.push(Open { start: span.start, anchor, flow: style == StructureStyle::Flow, items });
        Ok(())
    }
}

fn refuse_tag(tagged: bool, span: Span) -> Result<(), Finding> {
    if tagged {
        let finding = Finding::error("yaml-tag", span, "a YAML tag (`!…`) would change how the value is read");
        return Err(finding.help("remove the tag; put quotes around a value that begins with `!`"));
    }
    Ok(())
}

fn add<'a>(open: &mut Open<'a>, node: Node<'a>) -> Result<(), Finding> {
    match &mut open.items {
        Items::Sequence(items) => items.push(node),
        Items::Mapping(entries, key) => match key.take() {
            Some(key) => entries.push((key, node)),
            None => {
                let Kind::Scalar(text, style) = &node.kind else {
                    let finding = Finding::error("key-is-no-text", node.span, format!("{} cannot be a key", node.describe()));
                    return Err(finding.help("keys are words"));
                };
                if &**text == "<<" && *style == Style::Plain {
                    let finding = Finding::error("yaml-merge-key", node.span, "a merge key (`<<`) hides which value counts");
                    return Err(finding.help("write the fields out, or use an alias for a whole value"));
                }
                *key = Some(node);
            }
        },
    }
    Ok(())
}

/// The finished container and its anchor. Flow containers end at their bracket, block ones with their last child.
fn close<'a>(open: Open<'a>, end: Span) -> (Node<'a>, usize) {
    let (last, kind) = match open.items {
        Items::Sequence(items) => (items.last().map(|n| n.span.end), Kind::Sequence(items)),
        Items::Mapping(entries, _) => (entries.last().map(|(_, v)| v.span.end), Kind::Mapping(entries)),
    };
    let end = if open.flow { end.end.max(end.start) } else { last.unwrap_or(open.start).max(open.start) };
    (Node { span: Span::new(open.start, end.max(open.start)), kind }, open.anchor)
}
