//! Asks for a secret on the terminal, without showing it.

use rustix::io::Errno;
use rustix::termios::{self, LocalModes, OptionalActions, SpecialCodeIndex, Termios};
use std::io::{self, IsTerminal as _, Write};
use std::os::fd::{AsFd, BorrowedFd};
use zeroize::Zeroizing;

/// The terminal gives a line of 4095 bytes at most, and drops what is beyond without a word.
const LINE_MOST: usize = 4094;
const CONTROL_C: u8 = 3;

/// Why nothing was read from the terminal.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// Nobody is there to answer.
    #[error("standard input is not a terminal: nobody can be asked")]
    NoTerminal,
    /// Ended with control-C or control-D.
    #[error("nothing was entered")]
    Cancelled,
    /// More than a terminal's line takes.
    #[error("the line is longer than {LINE_MOST} bytes")]
    TooLong,
    /// The terminal failed.
    #[error("asking on the terminal")]
    Terminal(#[source] io::Error),
}

/// Asks on the terminal that is standard input; the questions go to standard error.
///
/// # Errors
/// [`AskError`].
pub fn ask<const N: usize>(questions: [&str; N]) -> Result<[Zeroizing<Vec<u8>>; N], AskError> {
    let stdin = io::stdin();
    if !stdin.is_terminal() {
        return Err(AskError::NoTerminal);
    }
    ask_at(stdin.as_fd(), &mut io::stderr(), questions)
}

fn ask_at<const N: usize>(
    terminal: BorrowedFd<'_>,
    to: &mut impl Write,
    questions: [&str; N],
) -> Result<[Zeroizing<Vec<u8>>; N], AskError> {
    let _silence = Silence::new(terminal).map_err(AskError::Terminal)?;
    let mut answers = [(); N].map(|()| Zeroizing::new(Vec::new()));
    for (question, answer) in questions.iter().zip(&mut answers) {
        let asked = write!(to, "{question}: ").and_then(|()| to.flush());
        asked.map_err(AskError::Terminal)?;
        *answer = line(terminal)?;
    }
    Ok(answers)
}

/// A terminal that does not show what is typed, until dropped. Control-C ends the line instead of the
/// process, which would leave the terminal silent.
struct Silence<'a> {
    terminal: BorrowedFd<'a>,
    before: Termios,
}

impl<'a> Silence<'a> {
    fn new(terminal: BorrowedFd<'a>) -> io::Result<Self> {
        let before = termios::tcgetattr(terminal)?;
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO | LocalModes::ISIG);
        silent.local_modes.insert(LocalModes::ICANON | LocalModes::ECHONL);
        silent.special_codes[SpecialCodeIndex::VEOL] = CONTROL_C;
        termios::tcsetattr(terminal, OptionalActions::Flush, &silent)?;
        Ok(Self { terminal, before })
    }
}

impl Drop for Silence<'_> {
    fn drop(&mut self) {
        let _gone = termios::tcsetattr(self.terminal, OptionalActions::Now, &self.before);
    }
}

fn line(terminal: BorrowedFd<'_>) -> Result<Zeroizing<Vec<u8>>, AskError> {
    let mut buffer = Zeroizing::new(vec![0; LINE_MOST + 2]);
    let count = loop {
        match rustix::io::read(terminal, buffer.as_mut_slice()) {
            Ok(count) => break count,
            Err(Errno::INTR) => {}
            Err(errno) => return Err(AskError::Terminal(errno.into())),
        }
    };
    buffer.truncate(count);
    match buffer.pop() {
        Some(b'\n') if buffer.len() > LINE_MOST => Err(AskError::TooLong),
        Some(b'\n') => Ok(buffer),
        Some(_) if buffer.len() > LINE_MOST => Err(AskError::TooLong),
        Some(_) | None => Err(AskError::Cancelled),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    use std::fs::File;
    use std::io::Read as _;
    use std::sync::mpsc;
    use std::time::Duration;

    type Answers = Result<[Zeroizing<Vec<u8>>; 2], AskError>;

    /// Types once the first question is there; what was answered, and what the screen showed.
    fn typed(text: &[u8]) -> (Answers, String) {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let name = ptsname(&master, Vec::new()).unwrap().into_string().unwrap();
        let mut options = File::options();
        let slave = options.read(true).write(true).open(name).unwrap();
        let mut screen = slave.try_clone().unwrap();
        let mut keyboard = File::from(master.try_clone().unwrap());
        let (answered, answer) = mpsc::channel();
        std::thread::spawn(move || {
            let answers = ask_at(slave.as_fd(), &mut screen, ["Secret", "Again"]);
            let after = termios::tcgetattr(&slave).unwrap().local_modes;
            assert!(after.contains(LocalModes::ECHO | LocalModes::ISIG), "made to echo again");
            answered.send(answers).unwrap();
        });
        let mut shown = vec![0; 8];
        let mut master = File::from(master);
        master.read_exact(&mut shown).unwrap();
        keyboard.write_all(text).unwrap();
        let answers = answer.recv_timeout(Duration::from_secs(20)).expect("an answer in time");
        // All ends on the other side are closed: what is left is read, then the end is an error.
        let _hung_up = master.read_to_end(&mut shown);
        (answers, String::from_utf8(shown).unwrap())
    }

    #[test]
    fn what_is_typed_is_read_and_not_shown() {
        let (answers, shown) = typed("träum süß\nagain\n".as_bytes());
        let [one, two] = answers.unwrap();
        assert_eq!((&**one, &**two), ("träum süß".as_bytes(), b"again".as_slice()));
        assert!(shown.starts_with("Secret: "), "{shown}");
        assert!(!shown.contains("tr") && !shown.contains("again"), "{shown}");
    }

    #[test]
    fn control_c_and_control_d_give_up_and_let_the_terminal_echo_again() {
        for text in [b"\x03".as_slice(), b"half\x03", b"\x04", b"half\x04", b"one\nha\x03"] {
            let (answers, shown) = typed(text);
            assert!(matches!(answers, Err(AskError::Cancelled)), "{text:?}: {answers:?}");
            assert!(!shown.contains("ha"), "{shown}");
        }
    }

    #[test]
    fn a_line_that_the_terminal_would_cut_is_refused() {
        let mut text = vec![b'a'; 5000];
        text.push(b'\n');
        let (answers, _) = typed(&text);
        assert!(matches!(answers, Err(AskError::TooLong)), "{answers:?}");
    }
}
