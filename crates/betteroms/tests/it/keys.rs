//! Keys at rest: every refusal, each by itself (`R32`), and that no error and no `Debug` repeats a secret.
//!
//! Planted by hand and seen red: a mode that is not looked at, links that are followed, a variable that
//! is used unasked, a rename that overwrites, a process that stays dumpable.

use betteroms::keys::{
    AskError, EnvironmentKey, FileError, KeyError, KeySource, KeystoreError, OrderSecretError,
    OrderSecretFile, Passphrase, PassphraseError, PassphraseSource, generate, import, keystore,
    load_credentials, store_credentials, unlock,
};
use betteroms_core::order::OrderId;
use betteroms_core::plan::RunId;
use betteroms_polymarket::signing::Address;
use std::fs::Permissions;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use zeroize::Zeroizing;

const KEY: &str = "0x8f2a55949038a9610f50fb23b5883af3b4ecb3c3bb792cbcefbd1542c692be63";
const PASSPHRASE: &str = "canary passphrase: seven herons";
const CREDENTIALS: &str =
    r#"{"apiKey":"4d2b9e51","secret":"c2VjcmV0IGNhbmFyeSBvZiB0aGUgYXBp","passphrase":"9f3c71"}"#;

/// A folder with a keystore of [`KEY`], its passphrase in a file.
struct Scene {
    folder: TempDir,
}

impl Scene {
    fn new() -> Self {
        let scene = Self { folder: tempfile::tempdir().unwrap() };
        import(&scene.path("key.json"), KEY, &pass(PASSPHRASE)).unwrap();
        scene.write("passphrase", &format!("{PASSPHRASE}\n"), 0o400);
        scene
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str, mode: u32) {
        std::fs::write(self.path(name), text).unwrap();
        self.mode(name, mode);
    }

    fn mode(&self, name: &str, mode: u32) {
        std::fs::set_permissions(self.path(name), Permissions::from_mode(mode)).unwrap();
    }

    fn source(&self) -> KeySource {
        KeySource {
            keystore: self.path("key.json"),
            passphrase: PassphraseSource::File(self.path("passphrase")),
            environment: None,
            key_from_env: false,
        }
    }

    fn refused(&self) -> KeyError {
        unlock(&self.source()).unwrap_err()
    }

    fn passphrase_refused(&self) -> String {
        let error = self.refused();
        assert!(matches!(error, KeyError::Passphrase(_)), "{error:?}");
        told(&error)
    }

    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.folder.path()).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    }
}

fn pass(text: &str) -> Passphrase {
    Passphrase::new(Zeroizing::new(text.as_bytes().to_vec())).unwrap()
}

fn fifo(path: &Path) {
    let made = std::process::Command::new("mkfifo").args(["-m", "600"]).arg(path).status();
    assert!(made.unwrap().success());
}

/// An error with its causes, as a person sees it.
fn told(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

#[test]
fn an_imported_key_is_unlocked_again() {
    let scene = Scene::new();
    let key = unlock(&scene.source()).unwrap();
    let shown = keystore::address(&scene.path("key.json")).unwrap().unwrap();
    assert_eq!(key.address(), shown);
    assert_eq!(
        key.address(),
        betteroms_polymarket::signing::LocalKey::from_hex(KEY).unwrap().address()
    );
    assert_eq!(scene.path("key.json").metadata().unwrap().mode() & 0o7777, 0o600);
    let text = std::fs::read_to_string(scene.path("key.json")).unwrap();
    let plain = hex(shown.as_slice());
    assert!(text.contains(&plain), "the address is in the clear");
    assert_eq!(leaks(&text), [""; 0]);
    scene.mode("key.json", 0o400);
    assert_eq!(unlock(&scene.source()).unwrap().address(), shown);
    assert_eq!(scene.source().warning(), None);
}

#[test]
fn a_generated_key_is_new_each_time() {
    let scene = Scene::new();
    let one = generate(&scene.path("one.json"), &pass("right")).unwrap();
    let two = generate(&scene.path("two.json"), &pass("right")).unwrap();
    assert_ne!(one, two);
    let secret = keystore::open(&scene.path("one.json"), &pass("right")).unwrap();
    let key =
        betteroms_polymarket::signing::LocalKey::from_bytes(secret.as_slice().try_into().unwrap());
    assert_eq!(key.unwrap().address(), one);
}

#[test]
fn credentials_come_back_as_they_were_stored() {
    let scene = Scene::new();
    let path = scene.path("credentials.json");
    let address = Address::repeat_byte(7);
    store_credentials(&path, CREDENTIALS, address, &pass("right")).unwrap();
    assert_eq!(*load_credentials(&path, &pass("right")).unwrap(), CREDENTIALS);
    assert_eq!(keystore::address(&path).unwrap(), Some(address));
    let again = store_credentials(&path, "{}", address, &pass("right"));
    assert!(told(&again.unwrap_err()).contains("never overwritten"));
    let refused = store_credentials(&scene.path("new"), "{\"secret\":", address, &pass("right"));
    assert!(matches!(refused, Err(KeyError::NotCredentials { .. })));
    assert!(!scene.path("new").exists());
}

#[test]
fn a_keystore_is_never_overwritten() {
    let scene = Scene::new();
    let before = std::fs::read(scene.path("key.json")).unwrap();
    let path = scene.path("key.json");
    for error in [generate(&path, &pass("right")), import(&path, KEY, &pass("right"))] {
        let error = error.unwrap_err();
        assert!(
            matches!(&error, KeyError::Keystore(KeystoreError::File(FileError::Exists { .. }))),
            "{error:?}"
        );
    }
    assert_eq!(std::fs::read(&path).unwrap(), before);
    std::os::unix::fs::symlink("nowhere", scene.path("link")).unwrap();
    generate(&scene.path("link"), &pass("right")).unwrap_err();
    assert_eq!(scene.names(), ["key.json", "link", "passphrase"]);
}

#[test]
fn a_keystore_that_group_or_world_may_touch_is_refused() {
    let scene = Scene::new();
    for mode in [0o640, 0o620, 0o610, 0o604, 0o602, 0o601, 0o644, 0o666, 0o440, 0o700, 0o4600] {
        scene.mode("key.json", mode);
        let said = told(&scene.refused());
        let remedy = format!("chmod 600 {}", scene.path("key.json").display());
        assert!(said.contains(&format!("mode {mode:04o}")), "{said}");
        assert!(said.contains(&remedy), "{said}");
    }
}

#[test]
fn a_keystore_behind_a_link_is_refused() {
    let scene = Scene::new();
    std::fs::rename(scene.path("key.json"), scene.path("other.json")).unwrap();
    std::os::unix::fs::symlink("other.json", scene.path("key.json")).unwrap();
    assert!(told(&scene.refused()).contains("is a symbolic link"), "{}", scene.refused());
}

#[test]
fn what_is_no_regular_file_is_refused_without_waiting_for_it() {
    let scene = Scene::new();
    std::fs::remove_file(scene.path("key.json")).unwrap();
    assert!(told(&scene.refused()).starts_with("reading "), "{}", scene.refused());
    fifo(&scene.path("key.json"));
    assert!(told(&scene.refused()).contains("is a FIFO"), "{}", scene.refused());
    std::fs::remove_file(scene.path("key.json")).unwrap();
    std::fs::create_dir(scene.path("key.json")).unwrap();
    assert!(told(&scene.refused()).contains("is a folder"), "{}", scene.refused());
    let mut source = scene.source();
    source.keystore = "/dev/null".into();
    source.passphrase = PassphraseSource::File(scene.path("passphrase"));
    let error = unlock(&source).unwrap_err().to_string();
    assert!(error.contains("is a device"), "{error}");
}

#[test]
fn a_damaged_or_huge_keystore_is_told_from_a_wrong_passphrase() {
    let scene = Scene::new();
    let text = std::fs::read_to_string(scene.path("key.json")).unwrap();
    let damaged = text.replacen("\"ciphertext\": \"", "\"ciphertext\": \"00", 1);
    assert_ne!(damaged, text);
    for text in [&text[..text.len() / 2], "", "{}", &damaged] {
        scene.write("key.json", text, 0o600);
        let error = scene.refused();
        assert!(
            matches!(error, KeyError::Keystore(KeystoreError::Damaged { .. })),
            "{text}: {error:?}"
        );
    }
    scene.write("key.json", &(text.clone() + &" ".repeat(64 * 1024)), 0o600);
    assert!(told(&scene.refused()).contains("larger than 65536 bytes"));
    scene.write("key.json", &text, 0o600);
    scene.mode("passphrase", 0o600);
    scene.write("passphrase", "canary passphrase: eight herons\n", 0o400);
    let error = scene.refused();
    assert!(matches!(error, KeyError::Keystore(KeystoreError::WrongPassphrase { .. })));
    assert!(error.to_string().starts_with("the passphrase does not open"), "{error}");
}

#[test]
fn a_keystore_of_something_else_or_somebody_else_is_no_key() {
    let scene = Scene::new();
    let swap = |secret: &[u8], address| {
        std::fs::remove_file(scene.path("key.json")).unwrap();
        keystore::create(&scene.path("key.json"), secret, address, &pass(PASSPHRASE)).unwrap();
        scene.refused()
    };
    assert!(matches!(swap(CREDENTIALS.as_bytes(), None), KeyError::NotAKey { .. }));
    assert!(matches!(swap(&[0; 32], None), KeyError::BadKey { .. }));
    let other = Some(Address::repeat_byte(1));
    assert!(matches!(swap(&[1; 32], other), KeyError::AnotherAddress { .. }));
    let error = load_credentials(&scene.path("key.json"), &pass(PASSPHRASE)).unwrap_err();
    assert!(matches!(error, KeyError::NotCredentials { .. }));
}

#[test]
fn a_key_in_the_environment_is_used_only_when_asked_for_and_with_a_warning() {
    let scene = Scene::new();
    let mut source = scene.source();
    source.environment = Some(EnvironmentKey::new(KEY.into()));
    let error = unlock(&source).unwrap_err();
    assert!(matches!(error, KeyError::UnaskedVariable));
    assert!(error.to_string().contains("--key-from-env"), "{error}");
    source.key_from_env = true;
    std::fs::remove_file(scene.path("key.json")).unwrap();
    let shown = betteroms_polymarket::signing::LocalKey::from_hex(KEY).unwrap().address();
    assert_eq!(unlock(&source).unwrap().address(), shown);
    assert!(source.warning().unwrap().contains("BETTEROMS_PRIVATE_KEY"));
    source.environment = Some(EnvironmentKey::new("0xhello".into()));
    assert!(matches!(unlock(&source), Err(KeyError::BadKey { .. })));
    source.environment = None;
    assert!(matches!(unlock(&source), Err(KeyError::NoVariable)));
}

#[test]
fn a_passphrase_file_is_refused_when_open_or_empty_or_no_file() {
    let scene = Scene::new();
    for mode in [0o440, 0o404, 0o640, 0o644, 0o777, 0o500] {
        scene.mode("passphrase", mode);
        let said = scene.passphrase_refused();
        assert!(said.contains(&format!("mode {mode:04o}")) && said.contains("chmod 600"), "{said}");
    }
    scene.mode("passphrase", 0o600);
    unlock(&scene.source()).unwrap();
    for (text, says) in [("", "is empty"), ("\n", "is empty"), (&"a".repeat(5000), "larger than")] {
        scene.write("passphrase", text, 0o600);
        let said = scene.passphrase_refused();
        assert!(said.contains(says), "{said}");
    }
    std::fs::rename(scene.path("passphrase"), scene.path("other")).unwrap();
    assert!(scene.passphrase_refused().contains("reading "));
    std::os::unix::fs::symlink("other", scene.path("passphrase")).unwrap();
    assert!(scene.passphrase_refused().contains("a symbolic link"));
    std::fs::remove_file(scene.path("passphrase")).unwrap();
    fifo(&scene.path("passphrase"));
    assert!(scene.passphrase_refused().contains("a FIFO"));
}

#[test]
fn one_newline_at_the_end_is_not_part_of_a_passphrase() {
    let scene = Scene::new();
    for (text, opens) in [(PASSPHRASE.to_owned(), true), (format!("{PASSPHRASE}\n\n"), false)] {
        scene.mode("passphrase", 0o600);
        scene.write("passphrase", &text, 0o600);
        assert_eq!(unlock(&scene.source()).is_ok(), opens, "{text:?}");
    }
}

#[test]
fn a_passphrase_comes_from_a_descriptor() {
    use std::io::Write as _;
    use std::os::fd::AsRawFd as _;
    let scene = Scene::new();
    let descriptor = |text: &str| {
        let (reader, mut writer) = std::io::pipe().unwrap();
        writer.write_all(text.as_bytes()).unwrap();
        drop(writer);
        let mut source = scene.source();
        source.passphrase = PassphraseSource::Descriptor(reader.as_raw_fd().try_into().unwrap());
        unlock(&source)
    };
    descriptor(&format!("{PASSPHRASE}\n")).unwrap();
    descriptor(PASSPHRASE).unwrap();
    let error = descriptor("").unwrap_err();
    assert!(matches!(error, KeyError::Passphrase(PassphraseError::Empty)), "{error:?}");
    let error = descriptor(&"a".repeat(5000)).unwrap_err();
    assert!(matches!(error, KeyError::Passphrase(PassphraseError::TooLong)), "{error:?}");
    let mut source = scene.source();
    source.passphrase = PassphraseSource::Descriptor(987_654);
    let error = unlock(&source).unwrap_err().to_string();
    assert_eq!(error, "reading the passphrase from descriptor 987654");
}

#[test]
fn the_folder_of_the_keys_is_made_private_and_refused_when_it_is_not() {
    let scene = Scene::new();
    let data = scene.path("data/betteroms");
    let keys = betteroms::keys::folder(&data).unwrap();
    assert_eq!(keys, data.join("keys"));
    assert_eq!(keys.metadata().unwrap().mode() & 0o7777, 0o700);
    assert_eq!(betteroms::keys::folder(&data).unwrap(), keys);
    for mode in [0o750, 0o705, 0o720, 0o755] {
        std::fs::set_permissions(&keys, Permissions::from_mode(mode)).unwrap();
        let said = betteroms::keys::folder(&data).unwrap_err().to_string();
        assert!(said.contains(&format!("mode {mode:04o}")) && said.contains("chmod 700"), "{said}");
    }
    std::fs::remove_dir(&keys).unwrap();
    std::fs::write(&keys, "").unwrap();
    let said = betteroms::keys::folder(&data).unwrap_err().to_string();
    assert!(said.ends_with("is not a folder"), "{said}");
}

#[test]
fn an_order_secret_is_made_once_and_its_loss_is_noticed() {
    let scene = Scene::new();
    let path = scene.path("order-secret");
    let made = OrderSecretFile::open(&path, None).unwrap();
    assert_eq!(path.metadata().unwrap().mode() & 0o7777, 0o600);
    let text = std::fs::read_to_string(&path).unwrap();
    for recorded in [None, Some(made.fingerprint())] {
        let again = OrderSecretFile::open(&path, recorded).unwrap();
        let order = |n| OrderId::new(&RunId::new("r").unwrap(), "0", n);
        let salt = |file: &OrderSecretFile, n| file.secret().salt("real:0xab", &order(n));
        assert_eq!(salt(&again, 1), salt(&made, 1));
        assert_ne!(salt(&again, 2), salt(&made, 1));
    }
    let error = OrderSecretFile::open(&path, Some("another")).unwrap_err();
    assert!(matches!(error, OrderSecretError::Another { .. }));
    for at in 0..text.len() {
        let mut bytes = text.clone().into_bytes();
        bytes[at] ^= 1;
        std::fs::write(&path, bytes).unwrap();
        let error = OrderSecretFile::open(&path, None).unwrap_err();
        assert!(matches!(error, OrderSecretError::Damaged { .. }), "byte {at}: {error:?}");
    }
    scene.write("order-secret", &text, 0o640);
    let error = OrderSecretFile::open(&path, None).unwrap_err();
    assert!(matches!(error, OrderSecretError::File(FileError::FileMode { .. })));
    std::fs::remove_file(&path).unwrap();
    let error = OrderSecretFile::open(&path, Some(made.fingerprint())).unwrap_err();
    assert!(matches!(error, OrderSecretError::Lost { .. }));
    assert!(!path.exists(), "a lost secret is not replaced");
    let other = OrderSecretFile::open(&path, None).unwrap();
    assert_ne!(other.fingerprint(), made.fingerprint());
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bits: Vec<u8> =
        bytes.iter().flat_map(|byte| (0..8).rev().map(move |at| byte >> at & 1)).collect();
    let digit = |six: &[u8]| six.iter().fold(0, |value, bit| value << 1 | usize::from(*bit));
    bits.chunks_exact(6).map(|six| char::from(DIGITS[digit(six)])).collect()
}

/// Which canaries stand in a text: as they are, as hexadecimal digits, as base64, as `Debug` of bytes.
fn leaks(text: &str) -> Vec<&'static str> {
    let key: Vec<u8> =
        (2..66).step_by(2).map(|at| u8::from_str_radix(&KEY[at..at + 2], 16).unwrap()).collect();
    let canaries = [
        ("key", key),
        ("key's text", KEY.as_bytes()[2..].to_vec()),
        ("passphrase", PASSPHRASE.as_bytes().to_vec()),
        ("API secret", b"c2VjcmV0IGNhbmFyeSBvZiB0aGUgYXBp".to_vec()),
    ];
    let small = text.to_lowercase();
    let shows = |bytes: &[u8]| {
        let raw = String::from_utf8_lossy(bytes);
        let list = format!("{bytes:?}");
        text.contains(&*raw)
            || small.contains(&hex(&bytes[..12]))
            || (0..3).any(|at| text.contains(&base64(&bytes[at..])[..16]))
            || text.contains(&list[1..40])
    };
    let found = canaries.iter().filter(|(_, bytes)| shows(bytes));
    found.map(|(name, _)| *name).collect()
}

/// `Debug` of every type that holds or has met a secret, and every error's words.
fn everything(scene: &Scene) -> String {
    let mut said = String::new();
    let mut note = |value: &dyn std::fmt::Debug| said += &format!("{value:?}\n{value:#?}\n");
    let key = unlock(&scene.source()).unwrap();
    note(&key);
    let mut source = scene.source();
    source.environment = Some(EnvironmentKey::new(KEY.into()));
    note(&source);
    note(&Passphrase::read(&source.passphrase));
    note(&pass(PASSPHRASE));
    note(&OrderSecretFile::open(&scene.path("order-secret"), None));
    let mut errors = vec![unlock(&source).unwrap_err()];
    let bad = format!("{KEY}00");
    source.key_from_env = true;
    source.environment = Some(EnvironmentKey::new(bad.clone().into()));
    errors.push(unlock(&source).unwrap_err());
    errors.push(import(&scene.path("new"), &bad, &pass(PASSPHRASE)).unwrap_err());
    // Somebody takes the file of a bare key, a passphrase or bare credentials for a keystore.
    let quoted = format!("\"{KEY}\"");
    let wrapped = format!("{{\"version\":3,\"id\":\"\",\"crypto\":\"{KEY}\"}}");
    let params = format!(
        "{{\"version\":3,\"id\":\"{KEY}\",\"crypto\":{{\"cipher\":\"{KEY}\",\"cipherparams\":\
         {{\"iv\":\"\"}},\"ciphertext\":\"{KEY}\",\"kdf\":\"{KEY}\",\"kdfparams\":\"{KEY}\",\"mac\":\"\"}}}}"
    );
    for text in [KEY, &quoted, &wrapped, &params, PASSPHRASE, CREDENTIALS] {
        scene.write("bare", text, 0o600);
        let mut source = scene.source();
        source.keystore = scene.path("bare");
        errors.push(unlock(&source).unwrap_err());
        errors.push(load_credentials(&scene.path("bare"), &pass(PASSPHRASE)).unwrap_err());
    }
    let broken = &CREDENTIALS[..CREDENTIALS.len() - 1];
    let address = Address::ZERO;
    let stored = store_credentials(&scene.path("new"), broken, address, &pass(PASSPHRASE));
    errors.push(stored.unwrap_err());
    let wrong = load_credentials(&scene.path("key.json"), &pass(PASSPHRASE));
    errors.push(wrong.unwrap_err());
    for error in &errors {
        note(error);
    }
    said += &errors.iter().map(|error| told(error) + "\n").collect::<String>();
    said
}

#[test]
fn no_debug_and_no_error_shows_a_secret() {
    let scene = Scene::new();
    let said = everything(&scene);
    assert!(said.len() > 3000, "{said}");
    assert_eq!(leaks(&said), [""; 0], "{said}");
    // The search finds what is planted, in every form.
    for planted in [
        KEY.to_owned(),
        KEY.to_uppercase(),
        hex(PASSPHRASE.as_bytes()),
        base64(PASSPHRASE.as_bytes()),
        base64(format!("x{PASSPHRASE}").as_bytes()),
        base64(format!("xy{PASSPHRASE}").as_bytes()),
        format!("{:?}", PASSPHRASE.as_bytes()),
        CREDENTIALS.to_owned(),
    ] {
        assert_ne!(leaks(&format!("{said}{planted}")), [""; 0], "{planted}");
    }
}

#[test]
fn nobody_is_asked_where_nobody_can_type() {
    let closed = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "keys::asks_for_a_passphrase", "--nocapture"])
        .env("ASKING", "1")
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&closed.stdout);
    assert!(said.contains("standard input is not a terminal"), "{said}");
}

/// The child of the test above.
#[test]
fn asks_for_a_passphrase() {
    if std::env::var_os("ASKING").is_some() {
        let error = Passphrase::read(&PassphraseSource::Prompt).unwrap_err();
        assert!(matches!(error, PassphraseError::Ask(AskError::NoTerminal)), "{error:?}");
        println!("refused: {}", told(&error));
    }
}
