//! The problems of a plan file as a person reads them: place, the line itself, a caret, the sentence
//! with its code, and what to do.

use super::plain;
use annotate_snippets::{AnnotationKind, Level, Origin, Renderer, Snippet};
use betteroms_core::plan::{Problem, Problems};
use std::fmt::Write as _;
use std::ops::Range;

/// How much of a long line is shown on each side of what is wrong.
const CONTEXT_CHARS: usize = 60;
/// How much of a long value is underlined.
const MARKED_CHARS: usize = 60;

/// Renders every problem of a file; `bytes` are the file's, empty when it was not read.
pub(crate) fn render(problems: &Problems, bytes: &[u8], colour: bool) -> String {
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    let mut text = String::new();
    for problem in &problems.list {
        text.push_str(&one(&renderer, &problems.file, problem, bytes));
        text.push_str("\n\n");
    }
    let (count, file) = (problems.count(), plain(&problems.file));
    let noun = if count == 1 { "problem" } else { "problems" };
    let shown = match problems.more {
        0 => String::new(),
        more => format!(", {more} of them not shown"),
    };
    writeln!(text, "{file}: {count} {noun}{shown}").expect("writing to a string cannot fail");
    text
}

fn one(renderer: &Renderer, file: &str, problem: &Problem, bytes: &[u8]) -> String {
    let title = format!("{} [{}]", problem.sentence, problem.code);
    let file = plain(file);
    let line = usize::try_from(problem.here.line).unwrap_or(usize::MAX);
    let column = usize::try_from(problem.here.column).unwrap_or(usize::MAX);
    let mut group = Level::ERROR.primary_title(title).elements([] as [Origin<'_>; 0]);
    match Excerpt::of(bytes, &problem.span) {
        Some(excerpt) => {
            let mark = AnnotationKind::Primary.span(excerpt.marked.clone());
            let before = excerpt.text.get(..excerpt.marked.start).unwrap_or_default();
            let is_whole = before.chars().count() + 1 == column;
            if !is_whole {
                // The renderer counts columns in what it is shown, which here is only a part.
                let place = Origin::path(file.clone());
                group = group.element(place.line(line).char_column(column));
            }
            let snippet = Snippet::source(excerpt.text).line_start(line);
            group = group.element(snippet.path(is_whole.then_some(file)).annotation(mark));
        }
        None => group = group.element(Origin::path(file)),
    }
    renderer.render(&[group.element(Level::HELP.message(&*problem.hint))])
}

/// The line a problem stands on, made fit for a screen.
struct Excerpt {
    text: String,
    marked: Range<usize>,
}

impl Excerpt {
    fn of(bytes: &[u8], span: &Range<usize>) -> Option<Self> {
        // A window of bytes first: a line may be the whole of 64 MiB.
        let reach = 4 * (CONTEXT_CHARS + 1);
        let from = span.start.saturating_sub(reach);
        let marked_end = span.end.min(span.start + 4 * MARKED_CHARS);
        let to = marked_end.saturating_add(reach).min(bytes.len());
        let before = String::from_utf8_lossy(bytes.get(from..span.start)?);
        let marked = String::from_utf8_lossy(bytes.get(span.start..marked_end)?);
        let after = String::from_utf8_lossy(bytes.get(marked_end..to)?);
        if bytes.is_empty() {
            return None;
        }
        let before = before.rsplit('\n').next().unwrap_or_default();
        let marked = marked.split('\n').next().unwrap_or_default();
        let after = after.split('\n').next().unwrap_or_default();
        let before = plain(&last_chars(before, CONTEXT_CHARS).replace('\t', " ")).into_owned();
        let marked = plain(first_chars(marked, MARKED_CHARS).trim_end_matches('\r')).into_owned();
        let after = first_chars(after, CONTEXT_CHARS).trim_end_matches('\r');
        let after = plain(&after.replace('\t', " ")).into_owned();
        let start = before.len();
        let end = start + marked.len();
        Some(Self { text: format!("{before}{marked}{after}"), marked: start..end })
    }
}

fn first_chars(text: &str, count: usize) -> &str {
    let end = text.char_indices().nth(count).map_or(text.len(), |(at, _)| at);
    text.get(..end).unwrap_or_default()
}

fn last_chars(text: &str, count: usize) -> &str {
    let skipped = text.chars().count().saturating_sub(count);
    let start = text.char_indices().nth(skipped).map_or(text.len(), |(at, _)| at);
    text.get(start..).unwrap_or_default()
}
