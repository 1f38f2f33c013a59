//! Files and functions that have grown too long to be read.

use super::{File, Finding};

/// Lines of a shipped file at which to think of splitting it, and which it must not pass.
const FILE_LINES: (usize, usize) = (400, 700);
/// Lines of a function, its first and last included, which it must not pass.
const FUNCTION_LINES: usize = 70;

/// Functions that were longer when the rule came, with their length then. It only gets shorter: a
/// function that shrinks must shrink here too, and none may be added.
pub(super) const LONG: [(&str, &str, usize); 2] = [
    ("crates/core/src/state/apply.rs", "apply", 79),
    ("crates/core/src/state/apply.rs", "apply_to_order", 78),
];

/// Notes shipped files that are long and finds those that are too long.
pub(super) fn files(files: &[File]) -> Vec<Finding> {
    let (look, stop) = FILE_LINES;
    let shipped = files.iter().filter(|file| file.is_shipped());
    let long = shipped.map(|file| (file, file.text.lines().count()));
    long.filter(|(_, lines)| *lines > look)
        .map(|(file, lines)| Finding {
            place: file.path.clone(),
            says: format!("{lines} lines; split it by noun (note at {look}, at most {stop})"),
            is_warning: lines <= stop,
        })
        .collect()
}

/// Finds functions of shipped files that are too long, and a list of exceptions that is out of date.
pub(super) fn functions(files: &[File], exceptions: &[(&str, &str, usize)]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in files.iter().filter(|file| file.is_shipped()) {
        for (line, name, lines) in lengths(&file.text) {
            let listed = exceptions.iter().find(|(path, f, _)| *path == file.path && *f == name);
            let says = match listed {
                None if lines > FUNCTION_LINES => {
                    format!("fn {name} has {lines} lines; at most {FUNCTION_LINES}")
                }
                Some((_, _, was)) if lines > *was => {
                    format!("fn {name} has grown from {was} to {lines} lines")
                }
                Some((_, _, was)) if lines < *was => {
                    format!("fn {name} has shrunk from {was} to {lines} lines: say so in LONG")
                }
                Some(_) | None => continue,
            };
            findings.push(file.wrong(line, says));
        }
    }
    findings
}

/// The functions of a text as rustfmt leaves it: line, name, lines. The last line of a body is the
/// first after its head that begins with `}` in the head's column.
fn lengths(text: &str) -> Vec<(usize, &str, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let Some(name) = function_name(line.trim_start()) else { continue };
        let column = line.len() - line.trim_start().len();
        let is_end = |line: &&str| {
            line.get(column..).is_some_and(|l| l.starts_with('}')) && indent(line) == column
        };
        let is_whole = |line: &str| line.ends_with(';') || line.ends_with('}');
        if is_whole(line) {
            continue;
        }
        let rest = lines.iter().skip(at + 1);
        let body = rest.clone().position(is_end);
        // A declaration in a trait ends in its head's column with a semicolon.
        let declared = rest.clone().position(|line| indent(line) == column && line.ends_with(';'));
        match (body, declared) {
            (Some(body), Some(declared)) if declared < body => {}
            (Some(body), _) => found.push((at + 1, name, body + 2)),
            (None, _) => {}
        }
    }
    found
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// The name, where the line is the head of a function.
fn function_name(line: &str) -> Option<&str> {
    let (before, after) = line.split_once("fn ")?;
    let is_head = before.split_whitespace().all(|word| {
        word.starts_with("pub")
            || ["const", "async", "extern", "in", "super)", "unsafe"].contains(&word)
    });
    let end = after.find(['(', '<'])?;
    let name = after.get(..end)?;
    (is_head && !name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::super::tests::planted;
    use super::*;

    fn function(lines: usize) -> File {
        let body = "        let x = 1;\n".repeat(lines - 2);
        let text = format!("impl A {{\n    pub(crate) const fn long(\n{body}    }}\n}}\n");
        planted("crates/core/src/a.rs", &text)
    }

    #[test]
    fn a_long_file_is_noted_and_a_longer_one_is_wrong() {
        let of = |lines: usize| files(&[planted("crates/core/src/a.rs", &"//\n".repeat(lines))]);
        assert_eq!(of(400), []);
        assert!(of(401)[0].is_warning && of(700)[0].is_warning);
        assert!(!of(701)[0].is_warning);
        let test = planted("crates/core/tests/it/a.rs", &"//\n".repeat(701));
        assert_eq!(files(&[test]), []);
    }

    #[test]
    fn a_long_function_is_wrong_unless_it_was_as_long() {
        assert_eq!(functions(&[function(70)], &[]), []);
        let found = functions(&[function(71)], &[]);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].place, "crates/core/src/a.rs:2");
        assert!(found[0].says.contains("fn long has 71 lines"), "{found:?}");
        let listed = [("crates/core/src/a.rs", "long", 80)];
        assert_eq!(functions(&[function(80)], &listed), []);
        assert!(functions(&[function(81)], &listed)[0].says.contains("grown"));
        assert!(functions(&[function(79)], &listed)[0].says.contains("shrunk"));
    }

    #[test]
    fn declarations_and_one_liners_have_no_length() {
        let text = "trait A {\n    fn a(\n        x: u8,\n    ) -> u8;\n    fn b(&self) {}\n}\nfn c() {\n}\n";
        assert_eq!(lengths(text), [(7, "c", 2)]);
    }
}
