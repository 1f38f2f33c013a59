//! The venue's own clients judge the emulator: three stories under `judges/`, each in one official client,
//! each against an emulator of its own.
//!
//! What lives here: getting the clients (under `target/judges`, once), starting an emulator and a story,
//! and telling how it ended. What does not: what a story says, which stands in `judges/`.

use crate::shell::{cargo, command, read, root, run, target};
use crate::steps::Steps;
use anyhow::{Context as _, Result, bail};
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// What a story may take at most; each ends itself after a minute.
const STORY: Duration = Duration::from_secs(90);
/// What an emulator may take to say where it listens.
const START: Duration = Duration::from_secs(20);
/// Settings that would send a story's calls to a proxy.
pub(crate) const PROXIES: [&str; 6] =
    ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];

/// Runs the three stories, a step each.
pub(crate) fn check(steps: &mut Steps) {
    steps.step("judge: python", || judged("python", python));
    steps.step("judge: typescript", || judged("typescript", typescript));
    steps.step("judge: rust", || judged("rust", rust));
    steps.step("page: python", page);
}

/// Runs the Python of `docs/emulator.md` as it stands there, against an emulator as the page starts it.
fn page() -> Result<()> {
    let text = fs::read_to_string(root().join("docs/emulator.md")).context("docs/emulator.md")?;
    let code = block(&text, "python").context("docs/emulator.md has no Python")?;
    let python = python_client()?;
    let folder = target().join("judges/page");
    fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    build()?;
    let emulator = Emulator::start(&folder, &["--json"])?;
    fs::write(folder.join("emulator.json"), &emulator.said)?;
    fs::write(folder.join("page.py"), code)?;
    let mut story = Command::new(python);
    for proxy in PROXIES {
        story.env_remove(proxy);
    }
    let said = read(story.arg("page.py").current_dir(&folder))?;
    // The shipped market has an ask at the page's price.
    let wanted = ["'status': 'matched'", "'success': True", "'trader_side': 'TAKER'"];
    if let Some(missing) = wanted.iter().find(|word| !said.contains(**word)) {
        bail!("{missing} is missing in what the page's code said: {said}");
    }
    println!("page: an order placed and its trade read");
    Ok(())
}

/// The first fenced block of a language.
fn block<'a>(text: &'a str, language: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(&format!("```{language}\n"))?;
    rest.split_once("\n```").map(|(code, _)| code)
}

/// Gets one client ready, lets it judge, prints its closing line.
fn judged(name: &str, story: impl FnOnce(&Path, &Path) -> Result<Command>) -> Result<()> {
    let (sources, built) = (root().join("judges").join(name), target().join("judges").join(name));
    fs::create_dir_all(&built).with_context(|| built.display().to_string())?;
    let story = story(&sources, &built)?;
    build()?;
    let script = root().join("judges/emulator.jsonc").display().to_string();
    let emulator = Emulator::start(&built, &["--script", &script])?;
    let told = tell(story, &emulator, &built.join("story.log"))?;
    println!("{told}");
    Ok(())
}

/// Builds the program as it is built for the tests. Asked for alone it would be another one, and so would half of what it
/// is made of: fewer packages ask for fewer features of those that they share.
fn build() -> Result<()> {
    run(cargo().args(["build", "--quiet", "--workspace", "--bins", "--tests"]))
}

/// The interpreter that has the Python client, installed where it is not yet.
pub(crate) fn python_client() -> Result<PathBuf> {
    let built = target().join("judges/python");
    fs::create_dir_all(&built).with_context(|| built.display().to_string())?;
    python(&root().join("judges/python"), &built)?;
    Ok(built.join("venv/bin/python"))
}

/// `story.py` in a virtual environment that holds exactly what the requirements name.
fn python(sources: &Path, built: &Path) -> Result<Command> {
    let wanted = sources.join("requirements.txt");
    let python = built.join("venv/bin/python");
    once(&[&wanted], built, || {
        let venv = built.join("venv");
        run(command("python3").args(["-m", "venv", "--clear"]).arg(&venv))?;
        let mut install = Command::new(&python);
        install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
        run(install.args(["--require-hashes", "--requirement"]).arg(&wanted))
    })?;
    let mut story = Command::new(python);
    // The story's own byte code stays out of the tree.
    story.env("PYTHONDONTWRITEBYTECODE", "1").arg(sources.join("story.py"));
    Ok(story)
}

/// `story.mjs` beside the packages of the lock file: Node looks for them from where the story lies.
fn typescript(sources: &Path, built: &Path) -> Result<Command> {
    let manifests = ["package.json", "package-lock.json", ".npmrc"].map(|it| sources.join(it));
    once(&manifests.each_ref().map(PathBuf::as_path), built, || {
        for manifest in &manifests {
            copy_into(manifest, built)?;
        }
        let mut install = command("npm");
        install.args(["ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]);
        run(install.current_dir(built))
    })?;
    for entry in fs::read_dir(sources).with_context(|| sources.display().to_string())? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "mjs") {
            copy_into(&path, built)?;
        }
    }
    let mut story = Command::new("node");
    story.arg(built.join("story.mjs"));
    Ok(story)
}

/// The story of a workspace of its own, built unoptimised.
fn rust(sources: &Path, built: &Path) -> Result<Command> {
    let manifest = sources.join("Cargo.toml");
    run(cargo().args(["fmt", "--check", "--manifest-path"]).arg(&manifest))?;
    let mut build = cargo();
    build.args(["build", "--locked", "--quiet", "--manifest-path"]).arg(&manifest);
    run(build.arg("--target-dir").arg(built))?;
    Ok(Command::new(built.join("debug/story")))
}

/// Does what is to be done once for these files: again only when one of them has changed, or when it
/// did not end.
pub(crate) fn once(files: &[&Path], built: &Path, work: impl FnOnce() -> Result<()>) -> Result<()> {
    let mut wanted = Vec::new();
    for file in files {
        wanted.extend(fs::read(file).with_context(|| file.display().to_string())?);
    }
    let done = built.join("installed");
    if fs::read(&done).is_ok_and(|done| done == wanted) {
        return Ok(());
    }
    work()?;
    fs::write(&done, wanted).with_context(|| done.display().to_string())
}

fn copy_into(file: &Path, folder: &Path) -> Result<()> {
    let name = file.file_name().context("a file has a name")?;
    fs::copy(file, folder.join(name)).with_context(|| file.display().to_string())?;
    Ok(())
}

fn betteroms() -> Command {
    command(&target().join("debug/betteroms").display().to_string())
}

fn stage() -> PathBuf {
    root().join("judges/stage.json")
}

/// An emulator on ports of its own, until it is dropped.
struct Emulator {
    process: Child,
    /// Host and port.
    at: String,
    /// The line that told them.
    said: String,
}

impl Emulator {
    /// The one place that knows the emulator's command line and what it says first.
    fn start(built: &Path, arguments: &[&str]) -> Result<Self> {
        let log = File::create(built.join("emulator.log")).context("the emulator's log")?;
        let mut emulator = betteroms();
        emulator.args(["emulator", "--port", "0"]).args(arguments);
        let mut process =
            emulator.stdout(Stdio::piped()).stderr(log).spawn().context("starting the emulator")?;
        let said = process.stdout.take().context("the emulator's words")?;
        let (tell, told) = mpsc::channel();
        std::thread::spawn(move || {
            for line in BufReader::new(said).lines().map_while(Result::ok) {
                if let Some(at) = address_in(&line) {
                    // Nobody listens any more when the first was enough.
                    drop(tell.send((at, line)));
                }
            }
        });
        match told.recv_timeout(START) {
            Ok((at, said)) => Ok(Self { process, at, said }),
            Err(_) => {
                drop(Self { process, at: String::new(), said: String::new() });
                bail!("the emulator did not say where it listens: see {}", built.display())
            }
        }
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        // It may have ended by itself; either way nothing is left of it.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// The host and port of the first loopback address in a line.
fn address_in(line: &str) -> Option<String> {
    let rest = line.split_once("http://127.0.0.1:")?.1;
    let port: String = rest.chars().take_while(char::is_ascii_digit).collect();
    (!port.is_empty()).then(|| format!("127.0.0.1:{port}"))
}

/// Runs a story to its end and returns its closing line; a story that fails is told in full.
fn tell(mut story: Command, emulator: &Emulator, log: &Path) -> Result<String> {
    let written = File::create(log).with_context(|| log.display().to_string())?;
    for proxy in PROXIES {
        story.env_remove(proxy);
    }
    story.args(["--clob", &format!("http://{}", emulator.at)]);
    story.args(["--ws", &format!("ws://{}", emulator.at)]).arg("--stage").arg(stage());
    story.stdin(Stdio::null()).stderr(written.try_clone()?).stdout(written);
    let mut running = story.spawn().with_context(|| format!("starting {story:?}"))?;
    let begun = Instant::now();
    let ended = loop {
        if let Some(ended) = running.try_wait()? {
            break Some(ended);
        }
        if begun.elapsed() > STORY {
            running.kill()?;
            running.wait()?;
            break None;
        }
        std::thread::sleep(Duration::from_millis(50));
    };
    let said = read_log(log)?;
    match ended {
        Some(ended) if ended.success() => Ok(closing(&said).to_owned()),
        Some(ended) => {
            println!("{said}");
            bail!("the story ended with {ended}: {}", closing(&said))
        }
        None => {
            println!("{said}");
            bail!("the story was not over within {STORY:?}")
        }
    }
}

fn read_log(log: &Path) -> Result<String> {
    let bytes = fs::read(log).with_context(|| log.display().to_string())?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// A story's last line.
fn closing(said: &str) -> &str {
    said.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("it said nothing")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn the_address_is_found_in_what_the_emulator_says() {
        let line = "listening on http://127.0.0.1:40123/ (scripted)";
        assert_eq!(address_in(line).as_deref(), Some("127.0.0.1:40123"));
        assert_eq!(address_in("http://127.0.0.1:/"), None);
        assert_eq!(address_in("listening"), None);
    }

    #[test]
    fn the_closing_line_is_the_last_that_says_something() {
        assert_eq!(
            closing("ok  a\npython: 1 calls, 2 checks, 0.1 s\n\n"),
            "python: 1 calls, 2 checks, 0.1 s"
        );
        assert_eq!(closing("\n"), "it said nothing");
    }

    #[test]
    fn an_installation_is_done_again_only_for_other_files() {
        let folder = target().join("judges-once").join(std::process::id().to_string());
        fs::create_dir_all(&folder).expect("a folder");
        let wanted = folder.join("wanted.txt");
        let mut done = 0;
        for text in ["one", "one", "two"] {
            fs::write(&wanted, text).expect("a file");
            once(&[&wanted], &folder, || {
                done += 1;
                Ok(())
            })
            .expect("done");
        }
        assert_eq!(done, 2);
        let failed =
            fs::write(&wanted, "three").map(|()| once(&[&wanted], &folder, || bail!("no")));
        assert!(failed.expect("a file").is_err());
        once(&[&wanted], &folder, || {
            done += 1;
            Ok(())
        })
        .expect("done");
        assert_eq!(done, 3, "what did not end is done again");
        fs::remove_dir_all(&folder).expect("gone");
    }

    /// The stage is read by three languages; none of them says at once what is wrong with it.
    #[test]
    fn the_stage_is_json_with_two_accounts_and_two_markets() {
        let told = fs::read_to_string(stage()).expect("a stage");
        let told: serde_json::Value = serde_json::from_str(&told).expect("JSON");
        for (of, names) in [("accounts", ["anna", "boris"]), ("markets", ["rain", "cup"])] {
            for name in names {
                assert!(told[of][name].is_object(), "{of}.{name}");
            }
        }
    }

    /// The stage as the stories read it, and as the emulator plays it.
    #[test]
    fn the_two_forms_of_the_stage_say_the_same() {
        let told = fs::read_to_string(root().join("judges/stage.json")).expect("a stage");
        let told: Value = serde_json::from_str(&told).expect("JSON");
        let played = fs::read_to_string(root().join("judges/emulator.jsonc")).expect("a script");
        let played: Vec<&str> =
            played.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        let played: Value = serde_json::from_str(&played.join("\n")).expect("JSON");
        let list = |value: &Value| value.as_array().cloned().expect("a list");
        let named = |value: &Value| value.as_object().cloned().expect("an object");
        let (mut markets, mut wallets) = (0, 0);
        for (_, market) in named(&told["markets"]) {
            let all = list(&played["markets"]);
            let of = all.iter().find(|of| of["slug"] == market["slug"]).expect("a market");
            assert_eq!(of["condition"], market["condition"]);
            assert_eq!(list(&of["tokens"]), [market["yes"].clone(), market["no"].clone()]);
            assert_eq!((&of["tick"], &of["minSize"]), (&market["tick"], &market["min_size"]));
            assert_eq!(of["negRisk"], market["neg_risk"]);
            let rate = of["fee"]["rate"].as_str().unwrap_or("0");
            assert_eq!(rate, market["fee_rate"].as_str().expect("a rate"));
            markets += 1;
        }
        for (who, account) in named(&told["accounts"]) {
            for (kind, wallet) in named(&account["wallets"]) {
                let all = list(&played["accounts"]);
                let name = format!("{who}-{kind}");
                let of = all.iter().find(|of| of["name"] == name.as_str()).expect("an account");
                assert_eq!((&of["key"], &of["cash"]), (&account["key"], &wallet["cash"]));
                assert_eq!(of["wallet"], kind.as_str());
                let shares = list(&of["shares"]);
                assert_eq!(shares.len(), 2 * markets);
                assert!(shares.iter().all(|of| of["size"] == told["shares_of_every_wallet"]));
                wallets += 1;
            }
        }
        let page = played["settings"]["pageSize"].as_u64();
        assert_eq!((markets, wallets, page), (2, 8, told["page"].as_u64()));
    }
}
