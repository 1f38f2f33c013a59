//! A plan file as a flat list of values in file order: 20 bytes a value instead of a tree of boxes, so
//! that 100,000 trades are walked in cache and a hostile file cannot swell.

use super::lexer;
use std::borrow::Cow;
use std::ops::Range;

/// The key of a value that has none.
pub(super) const NO_KEY: u32 = u32::MAX;

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NodeKind {
    Object,
    List,
    Text,
    Number,
    True,
    False,
    Null,
    /// Something whose mistake is already noted.
    Broken,
}

impl NodeKind {
    /// True for objects and lists.
    pub(super) fn is_container(self) -> bool {
        matches!(self, Self::Object | Self::List)
    }
}

/// One value: its bytes, its key, and where the next value beside it stands in the list.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    pub(super) key: u32,
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) next: u32,
    pub(super) kind: NodeKind,
    /// The text of this object or list has a mistake of form directly inside.
    pub(super) broken: bool,
}

/// A value's place in the list.
pub(super) type NodeId = u32;

/// The values of a file; the first is the root.
#[derive(Debug)]
pub(super) struct Tree<'a> {
    text: &'a str,
    nodes: Vec<Node>,
}

/// Offsets and counts fit 32 bits because a file has at most 64 MiB.
pub(super) fn narrow(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}

fn wide(offset: u32) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}

impl<'a> Tree<'a> {
    pub(super) fn new(text: &'a str, nodes: Vec<Node>) -> Self {
        Self { text, nodes }
    }

    /// The first value of the file.
    pub(super) const ROOT: NodeId = 0;

    fn node(&self, id: NodeId) -> Node {
        *self.nodes.get(wide(id)).expect("an id was given out by this tree")
    }

    /// What the value is.
    pub(super) fn kind(&self, id: NodeId) -> NodeKind {
        self.node(id).kind
    }

    /// True when a mistake of form stands directly inside.
    pub(super) fn is_broken(&self, id: NodeId) -> bool {
        let node = self.node(id);
        node.broken || node.kind == NodeKind::Broken
    }

    /// The bytes of the value.
    pub(super) fn span(&self, id: NodeId) -> Range<usize> {
        let node = self.node(id);
        wide(node.start)..wide(node.end)
    }

    /// The first byte of the value and the one behind it: what a caret shows for a whole object.
    pub(super) fn head(&self, id: NodeId) -> Range<usize> {
        let start = wide(self.node(id).start);
        start..start.saturating_add(1)
    }

    /// The value as it stands in the file.
    pub(super) fn raw(&self, id: NodeId) -> &'a str {
        self.text.get(self.span(id)).unwrap_or_default()
    }

    /// What a text value says; `None` for anything else.
    pub(super) fn text(&self, id: NodeId) -> Option<Cow<'a, str>> {
        (self.kind(id) == NodeKind::Text).then(|| lexer::decode(self.raw(id)))
    }

    /// The bytes of the value's name in its object.
    pub(super) fn key_span(&self, id: NodeId) -> Option<Range<usize>> {
        let key = self.node(id).key;
        (key != NO_KEY).then(|| {
            let rest = self.text.get(wide(key)..).unwrap_or_default();
            wide(key)..wide(key).saturating_add(lexer::name_len(rest))
        })
    }

    /// The value's name in its object.
    pub(super) fn key(&self, id: NodeId) -> Option<Cow<'a, str>> {
        let raw = self.text.get(self.key_span(id)?)?;
        Some(lexer::decode(raw))
    }

    /// The values directly inside an object or list, in file order.
    pub(super) fn children(&self, id: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        let node = self.node(id);
        let inside = node.kind.is_container();
        let first = Some(id.saturating_add(1)).filter(|first| inside && *first < node.next);
        std::iter::successors(first, move |child| {
            Some(self.node(*child).next).filter(|next| *next < node.next)
        })
    }
}
