//! A YAML document as a tree of nodes.
//!
//! Source: go-yaml v2 `decode.go`, the type `parser`.

use libyaml_safer::{Error, ErrorKind, Event, EventData, Mark, Parser};

use super::YamlError;
use super::places::Position;

/// How deep nodes may nest. go-yaml allows 10,000, but no manifest needs them,
/// and a browser's stack is small.
const DEPTH_MAX: usize = 1_000;

/// The document's nodes: a node refers to others by position.
#[derive(Debug, Default)]
pub(super) struct Document {
    nodes: Vec<Node>,
    root: Option<NodeId>,
}

/// A position among a document's nodes.
pub(super) type NodeId = usize;

#[derive(Debug)]
pub(super) struct Node {
    pub(super) kind: NodeKind,
    /// The explicit tag, as `tag:yaml.org,2002:str`; empty without one.
    pub(super) tag: String,
    pub(super) start: Position,
    pub(super) end: Position,
}

#[derive(Debug)]
pub(super) enum NodeKind {
    /// A scalar; a plain one may be a number.
    Scalar {
        text: String,
        plain: bool,
    },
    Sequence(Vec<NodeId>),
    Mapping(Vec<(NodeId, NodeId)>),
    /// A reference to an anchored node.
    Alias(NodeId),
}

impl Document {
    /// The document's only node, unless the text is empty.
    pub(super) fn root(&self) -> Option<NodeId> {
        self.root
    }

    pub(super) fn node(&self, id: NodeId) -> &Node {
        match self.nodes.get(id) {
            Some(node) => node,
            None => unreachable!("ids are made from positions among the nodes"),
        }
    }
}

/// Reads the first document of a text.
pub(super) fn compose(text: &str) -> Result<Document, YamlError> {
    let mut bytes = text.as_bytes();
    let mut composer = Composer {
        parser: Parser::new(),
        document: Document::default(),
        anchors: Vec::new(),
        open: Vec::new(),
    };
    composer.parser.set_input_string(&mut bytes);
    composer.document()
}

struct Composer<'a, 'b> {
    parser: Parser<&'b mut &'a [u8]>,
    document: Document,
    anchors: Vec<(String, NodeId)>,
    /// The anchored nodes that are not yet complete.
    open: Vec<NodeId>,
}

impl Composer<'_, '_> {
    fn document(mut self) -> Result<Document, YamlError> {
        self.next()?;
        let start = self.next()?;
        if matches!(start.data, EventData::StreamEnd) {
            return Ok(self.document);
        }
        let event = self.next()?;
        let root = self.node(event, 0)?;
        self.document.root = Some(root);
        // The text must be sound up to the document's end, and no further.
        self.next()?;
        Ok(self.document)
    }

    fn next(&mut self) -> Result<Event, YamlError> {
        self.parser.parse().map_err(|error| in_go_yamls_words(&error))
    }

    fn node(&mut self, event: Event, depth: usize) -> Result<NodeId, YamlError> {
        if depth > DEPTH_MAX {
            return Err(YamlError::new(format!("exceeded max depth of {DEPTH_MAX}")));
        }
        let (start, end) = (position(event.start_mark), position(event.end_mark));
        let new =
            |kind, tag: Option<String>| Node { kind, tag: tag.unwrap_or_default(), start, end };
        match event.data {
            EventData::Alias { anchor } => {
                let target = self.anchored(&anchor)?;
                Ok(self.add(new(NodeKind::Alias(target), None), None))
            }
            EventData::Scalar { anchor, tag, value, plain_implicit, .. } => {
                let kind = NodeKind::Scalar { text: value, plain: plain_implicit };
                // `!` alone says: not a number, whatever it looks like.
                let tag = tag.filter(|tag| tag != "!");
                Ok(self.add(new(kind, tag), anchor))
            }
            EventData::SequenceStart { anchor, tag, .. } => {
                let id = self.add(new(NodeKind::Sequence(Vec::new()), tag), anchor);
                self.items(id, depth)?;
                Ok(id)
            }
            EventData::MappingStart { anchor, tag, .. } => {
                let id = self.add(new(NodeKind::Mapping(Vec::new()), tag), anchor);
                self.entries(id, depth)?;
                Ok(id)
            }
            _ => Err(YamlError::new("unexpected event")),
        }
    }

    fn items(&mut self, id: NodeId, depth: usize) -> Result<(), YamlError> {
        self.open.push(id);
        let mut items = Vec::new();
        loop {
            let event = self.next()?;
            if matches!(event.data, EventData::SequenceEnd) {
                self.close(id, NodeKind::Sequence(items), &event);
                return Ok(());
            }
            items.push(self.node(event, depth + 1)?);
        }
    }

    fn entries(&mut self, id: NodeId, depth: usize) -> Result<(), YamlError> {
        self.open.push(id);
        let mut entries = Vec::new();
        loop {
            let event = self.next()?;
            if matches!(event.data, EventData::MappingEnd) {
                self.close(id, NodeKind::Mapping(entries), &event);
                return Ok(());
            }
            let key = self.node(event, depth + 1)?;
            let event = self.next()?;
            entries.push((key, self.node(event, depth + 1)?));
        }
    }

    fn add(&mut self, node: Node, anchor: Option<String>) -> NodeId {
        let id = self.document.nodes.len();
        self.document.nodes.push(node);
        if let Some(anchor) = anchor {
            self.anchors.retain(|(name, _)| *name != anchor);
            self.anchors.push((anchor, id));
        }
        id
    }

    fn close(&mut self, id: NodeId, kind: NodeKind, event: &Event) {
        self.open.pop();
        if let Some(node) = self.document.nodes.get_mut(id) {
            node.kind = kind;
            node.end = position(event.end_mark);
        }
    }

    fn anchored(&self, anchor: &str) -> Result<NodeId, YamlError> {
        let Some((_, id)) = self.anchors.iter().find(|(name, _)| name == anchor) else {
            return Err(YamlError::new(format!("unknown anchor '{anchor}' referenced")));
        };
        if self.open.contains(id) {
            return Err(YamlError::new(format!("anchor '{anchor}' value contains itself")));
        }
        Ok(*id)
    }
}

fn position(mark: Mark) -> Position {
    let count = |number: u64| u32::try_from(number).unwrap_or(u32::MAX).saturating_add(1);
    Position { line: count(mark.line), column: count(mark.column) }
}

/// go-yaml counts lines from 0 for the parser's errors and from 1 for the
/// scanner's, and says nothing of line 0. Source: `parser.fail`.
fn in_go_yamls_words(error: &Error) -> YamlError {
    let mark = error.problem_mark().filter(|mark| mark.line > 0);
    let line = match mark {
        Some(mark) if error.kind() == ErrorKind::Scanner => mark.line + 1,
        Some(mark) => mark.line,
        None => error.context_mark().map_or(0, |mark| mark.line),
    };
    let place = if line == 0 { String::new() } else { format!("line {line}: ") };
    YamlError {
        message: format!("yaml: {place}{}", error.problem()),
        position: error.problem_mark().map(position),
    }
}
