//! Reads plan text into a [`Tree`], going on behind every mistake. It is one loop over an explicit
//! stack, so depth costs no stack and is limited by [`DEPTH_MAX`], not by the machine.

use super::catalogue::Mistake;
use super::lexer::{Kind, Lexeme, Lexer};
use super::problems::{Collector, Place};
use super::tree::{NO_KEY, Node, NodeKind, Tree, narrow};

/// How deep objects and lists may be nested.
pub const DEPTH_MAX: usize = 64;

/// How many values a file may hold: a plan of 200,000 trades with every field set stays below.
const VALUES_MAX: usize = 4_000_000;

/// After so many mistakes of form the text is not JSON, and more of them would tell nothing.
const SYNTAX_SHOWN_MAX: usize = 20;

/// What the grammar allows next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// A value: the root, or what follows a colon.
    Value,
    /// A field name or `}`.
    Member,
    /// A value of a list or `]`.
    Element,
    /// The colon behind a field name.
    Colon,
    /// A comma or the end of what is open.
    After,
    /// Nothing more.
    Done,
}

struct Parser<'a, 'n> {
    text: &'a str,
    lexer: Lexer<'a>,
    notes: &'n mut Collector,
    nodes: Vec<Node>,
    open: Vec<usize>,
    state: State,
    key: u32,
    /// Where the last value or mark ended: the place of a missing comma.
    last: Lexeme,
    mistakes: usize,
}

/// Reads the whole text; `None` when it holds no value at all or is beyond a limit (noted).
pub(super) fn read<'a>(text: &'a str, notes: &mut Collector) -> Option<Tree<'a>> {
    let begin = if text.starts_with('\u{FEFF}') { 3 } else { 0 };
    let first = Lexeme { kind: Kind::End, start: begin, end: begin };
    let mut parser = Parser {
        text,
        lexer: Lexer::new(text, begin),
        notes,
        nodes: Vec::new(),
        open: Vec::new(),
        state: State::Value,
        key: NO_KEY,
        last: first,
        mistakes: 0,
    };
    parser.run()?;
    let Parser { nodes, .. } = parser;
    Some(Tree::new(text, nodes))
}

impl Parser<'_, '_> {
    fn run(&mut self) -> Option<()> {
        loop {
            let lexeme = self.lexer.next(self.notes);
            if lexeme.kind == Kind::End {
                return self.end();
            }
            if lexeme.kind == Kind::Broken {
                self.mark_broken();
            }
            self.step(lexeme)?;
            if self.mistakes >= SYNTAX_SHOWN_MAX {
                self.notes.note(lexeme.span(), Place::File, &Mistake::TooBroken {});
                return None;
            }
            self.last = lexeme;
        }
    }

    /// Takes one lexeme; `None` when reading must stop.
    fn step(&mut self, lexeme: Lexeme) -> Option<()> {
        match self.state {
            State::Value => self.value(lexeme),
            State::Member => self.member(lexeme),
            State::Element if lexeme.kind.is_closing() => self.close(lexeme),
            State::Element => self.value(lexeme),
            State::Colon => self.colon(lexeme),
            State::After => self.after(lexeme),
            State::Done => {
                self.mistake(lexeme, &Mistake::TextAfterEnd {});
                self.stop_here();
                Some(())
            }
        }
    }

    /// Ends the reading with what there is: the lexer is put to the end of the text.
    fn stop_here(&mut self) {
        self.lexer = Lexer::new(self.text, self.text.len());
    }

    fn value(&mut self, lexeme: Lexeme) -> Option<()> {
        let leaf = match lexeme.kind {
            Kind::OpenBrace => return self.open(lexeme, NodeKind::Object),
            Kind::OpenBracket => return self.open(lexeme, NodeKind::List),
            Kind::Text => NodeKind::Text,
            Kind::Number => NodeKind::Number,
            Kind::True => NodeKind::True,
            Kind::False => NodeKind::False,
            Kind::Null => NodeKind::Null,
            Kind::Broken => NodeKind::Broken,
            Kind::Word if self.nodes.is_empty() => {
                self.mistake(lexeme, &Mistake::NotAPlan {});
                return None;
            }
            Kind::Word => {
                let word = self.raw(lexeme);
                self.mistake(lexeme, &Mistake::bare(word));
                NodeKind::Broken
            }
            Kind::Comma if self.state == State::Element => {
                self.mistake(lexeme, &Mistake::ExtraComma {});
                return Some(());
            }
            Kind::Colon => {
                self.mistake(lexeme, &Mistake::UnexpectedMark { mark: ':' });
                return Some(());
            }
            Kind::Comma | Kind::CloseBrace | Kind::CloseBracket | Kind::End => {
                self.mistake(lexeme, &Mistake::MissingValue {});
                if self.open.is_empty() {
                    return Some(());
                }
                let at = self.last.end;
                self.push(NodeKind::Broken, at, at)?;
                self.state = State::After;
                return self.step(lexeme);
            }
        };
        self.push(leaf, lexeme.start, lexeme.end)?;
        self.state = self.after_value();
        Some(())
    }

    fn member(&mut self, lexeme: Lexeme) -> Option<()> {
        match lexeme.kind {
            Kind::CloseBrace | Kind::CloseBracket => return self.close(lexeme),
            Kind::Comma => {
                self.mistake(lexeme, &Mistake::ExtraComma {});
                return Some(());
            }
            Kind::Colon => {
                self.mistake(lexeme, &Mistake::UnexpectedMark { mark: ':' });
                return Some(());
            }
            Kind::OpenBrace | Kind::OpenBracket => {
                self.mistake(lexeme, &Mistake::MissingName {});
                return self.value(lexeme);
            }
            Kind::Text => self.key = narrow(lexeme.start),
            Kind::Number | Kind::Word if self.is_thousands(lexeme) => {
                self.mistake(lexeme, &Mistake::ThousandsSeparator {});
                self.state = State::After;
                return Some(());
            }
            Kind::Word | Kind::Number | Kind::True | Kind::False | Kind::Null => {
                let word = super::fields::quoted(self.raw(lexeme));
                self.mistake(lexeme, &Mistake::UnquotedName { word });
                self.key = narrow(lexeme.start);
            }
            Kind::Broken | Kind::End => self.key = NO_KEY,
        }
        self.state = State::Colon;
        Some(())
    }

    /// True for the `000` of `1,000`: a number where a field name is due, right behind number and comma.
    fn is_thousands(&self, lexeme: Lexeme) -> bool {
        let touching = self.last.kind == Kind::Comma && self.last.end == lexeme.start;
        let before = self.nodes.last().map(|n| (n.kind, n.end));
        let number = before == Some((NodeKind::Number, narrow(self.last.start)));
        let group = self.raw(lexeme).split('.').next().unwrap_or_default();
        touching && number && group.len() == 3 && group.bytes().all(|b| b.is_ascii_digit())
    }

    fn colon(&mut self, lexeme: Lexeme) -> Option<()> {
        if lexeme.kind == Kind::Colon {
            self.state = State::Value;
            return Some(());
        }
        let at = self.last;
        self.mistake(at, &Mistake::MissingColon {});
        self.state = State::Value;
        if matches!(self.raw(lexeme), "=" | "=>") {
            return Some(());
        }
        if lexeme.kind == Kind::Comma || lexeme.kind.is_closing() {
            self.push(NodeKind::Broken, at.end, at.end)?;
            self.state = State::After;
            return self.step(lexeme);
        }
        self.value(lexeme)
    }

    fn after(&mut self, lexeme: Lexeme) -> Option<()> {
        if lexeme.kind.is_closing() {
            return self.close(lexeme);
        }
        if lexeme.kind == Kind::Colon {
            self.mistake(lexeme, &Mistake::UnexpectedMark { mark: ':' });
            self.state = State::Value;
            return Some(());
        }
        self.state = self.inside();
        if lexeme.kind == Kind::Comma {
            return Some(());
        }
        self.mistake(self.last, &Mistake::MissingComma {});
        self.step(lexeme)
    }

    fn open(&mut self, lexeme: Lexeme, kind: NodeKind) -> Option<()> {
        if self.open.len() >= DEPTH_MAX {
            self.notes.note(lexeme.span(), Place::File, &Mistake::TooDeep {});
            return None;
        }
        let id = self.nodes.len();
        self.push(kind, lexeme.start, lexeme.end)?;
        self.open.push(id);
        self.state = self.inside();
        Some(())
    }

    fn close(&mut self, lexeme: Lexeme) -> Option<()> {
        let wanted =
            if lexeme.kind == Kind::CloseBracket { NodeKind::List } else { NodeKind::Object };
        let kind_of = |id: &usize| self.nodes.get(*id).map(|n| n.kind);
        if self.open.last().and_then(kind_of) != Some(wanted) {
            let mark = if wanted == NodeKind::List { ']' } else { '}' };
            let known = self.open.iter().any(|id| kind_of(id) == Some(wanted));
            self.mistake(lexeme, &Mistake::UnmatchedMark { mark });
            if !known {
                return Some(());
            }
            // Close what was forgotten, up to the one this mark is for.
            while self.open.last().and_then(|id| self.nodes.get(*id)).map(|n| n.kind)
                != Some(wanted)
            {
                self.mark_broken();
                self.pop(lexeme.start);
            }
        }
        self.pop(lexeme.end);
        self.state = self.after_value();
        Some(())
    }

    fn pop(&mut self, end: usize) {
        let next = narrow(self.nodes.len());
        let node = self.open.pop().and_then(|id| self.nodes.get_mut(id));
        if let Some(node) = node {
            node.end = narrow(end);
            node.next = next;
        }
    }

    fn push(&mut self, kind: NodeKind, start: usize, end: usize) -> Option<()> {
        if self.nodes.len() >= VALUES_MAX {
            let max = VALUES_MAX;
            self.notes.note(start..end, Place::File, &Mistake::TooManyValues { max });
            return None;
        }
        let key = std::mem::replace(&mut self.key, NO_KEY);
        self.nodes.push(Node {
            key,
            start: narrow(start),
            end: narrow(end),
            next: narrow(self.nodes.len().saturating_add(1)),
            kind,
            broken: false,
        });
        Some(())
    }

    /// The state behind a finished value.
    fn after_value(&self) -> State {
        if self.open.is_empty() { State::Done } else { State::After }
    }

    /// The state inside the innermost open object or list.
    fn inside(&self) -> State {
        match self.open.last().and_then(|id| self.nodes.get(*id)) {
            Some(node) if node.kind == NodeKind::List => State::Element,
            Some(_) => State::Member,
            None => State::Value,
        }
    }

    fn mistake(&mut self, at: Lexeme, mistake: &Mistake) {
        self.mistakes = self.mistakes.saturating_add(1);
        self.mark_broken();
        self.notes.note(at.span(), Place::File, mistake);
    }

    /// What is open holds a mistake, so a field that seems to be missing may be hidden by it.
    fn mark_broken(&mut self) {
        if let Some(node) = self.open.last().and_then(|id| self.nodes.get_mut(*id)) {
            node.broken = true;
        }
    }

    fn end(&mut self) -> Option<()> {
        if self.nodes.is_empty() {
            if self.notes.is_empty() {
                let at = self.text.len();
                self.notes.note(at..at, Place::File, &Mistake::FileEmpty {});
            }
            return None;
        }
        let innermost = self.open.last().and_then(|id| self.nodes.get(*id)).copied();
        if let Some(node) = innermost {
            let mark = if node.kind == NodeKind::List { '[' } else { '{' };
            let start = usize::try_from(node.start).unwrap_or(usize::MAX);
            let span = start..start.saturating_add(1);
            self.notes.note(span, Place::File, &Mistake::UnclosedMark { mark });
        }
        while !self.open.is_empty() {
            self.mark_broken();
            self.pop(self.text.len());
        }
        Some(())
    }

    fn raw(&self, lexeme: Lexeme) -> &str {
        self.text.get(lexeme.span()).unwrap_or_default()
    }
}
