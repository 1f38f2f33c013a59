//! What can be typed, and what comes back: exit codes, JSON everywhere, refusals in a sentence with their
//! place, and a read that is cut off by its reader.

use crate::house::{House, Said, beside, example};
use crate::ledger;
use std::process::Stdio;

fn bare(house: &House, arguments: &[&str]) -> Said {
    Said::of(house.bare().args(arguments).output().unwrap())
}

/// A home with the first pass made.
fn lived_in() -> House {
    let house = House::new();
    house.run(&[&example("plan.jsonc")]).expect(0);
    house
}

#[test]
fn help_lists_the_ten_commands_and_the_exit_codes() {
    let house = House::new();
    let said = bare(&house, &["--help"]).expect(0);
    let names = [
        "init",
        "demo",
        "market",
        "check",
        "preview",
        "run",
        "status",
        "orders",
        "positions",
        "report",
    ];
    let listed = said.out.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let listed: Vec<&str> =
        listed.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(listed, names);
    for part in
        ["plan      add, list, show, stop", "db        verify", "Exit codes: 0 done", "75 another"]
    {
        assert!(said.out.contains(part), "{part:?} not in\n{}", said.out);
    }
    for name in names.iter().chain(&["plan", "account", "data", "db", "completions"]) {
        let help = bare(&house, &[name, "--help"]).expect(0);
        assert!(help.out.contains("Usage: betteroms"), "{name}: {}", help.out);
    }
    assert!(bare(&house, &["--version"]).expect(0).out.starts_with("betteroms "));
    assert_eq!(std::fs::read_dir(house.path(".")).unwrap().count(), 0, "help makes nothing");
}

#[test]
fn what_cannot_be_meant_exits_2() {
    let house = House::new();
    for arguments in [
        &[][..],
        &["--verbose"],
        &["trade"],
        &["run", "--fast"],
        &["orders", "--since", "1h"],
        &["check"],
        &["market", "find"],
        &["account", "deposit", "5"],
        &["account", "deposit", "--paper", "5.0000001"],
        &["account", "deposit", "--paper", "-5"],
        &["account", "deposit", "--paper", "0"],
        &["account", "deposit", "--paper", "lots"],
        &["init", "--paper-cash", "1e9"],
        &["completions", "cobol"],
        &["run", "--now", "2026-09-28T09:20:00Z"],
        &["--db", "postgres://localhost/oms", "status"],
        &["--db", "sqlite://a.db", "run"],
    ] {
        let said = bare(&house, arguments).expect(2);
        assert_eq!(said.out, "", "{arguments:?}");
        assert!(
            !said.err.is_empty() && !said.err.contains("panicked"),
            "{arguments:?}: {}",
            said.err
        );
    }
    let url = bare(&house, &["--db", "postgres://localhost/oms", "status"]);
    assert!(url.err.contains("not a URL"), "{}", url.err);
}

#[test]
fn the_store_is_named_before_or_after_the_command_or_by_the_environment() {
    let house = lived_in();
    let orders = house.call(&["orders", "--json"]).expect(0).out;
    assert_eq!(bare(&house, &["orders", "--json", "--db", "a.db"]).expect(0).out, orders);
    assert_eq!(bare(&house, &["--json", "--db", "a.db", "orders"]).expect(0).out, orders);
    let by_name = house.bare().env("BETTEROMS_DB", "a.db").args(["orders", "--json"]).output();
    assert_eq!(Said::of(by_name.unwrap()).expect(0).out, orders);
    let missing = bare(&house, &["orders"]).expect(2);
    assert!(missing.err.contains("there is no store at"), "{}", missing.err);
    // A flag wins over the environment, the environment over the file.
    house.write("c.toml", "[store]\npath = \"from-file.db\"\n");
    let ask = |variable: Option<&str>, flag: Option<&str>| {
        let mut command = house.bare();
        command.args(["--config", "c.toml", "status"]);
        variable.map(|value| command.env("BETTEROMS_DB", value));
        flag.map(|value| command.args(["--db", value]));
        Said::of(command.output().unwrap()).expect(2).err
    };
    assert!(ask(None, None).contains("from-file.db"));
    assert!(ask(Some("from-env.db"), None).contains("from-env.db"));
    assert!(ask(Some("from-env.db"), Some("from-flag.db")).contains("from-flag.db"));
}

#[test]
fn json_is_written_everywhere() {
    let house = lived_in();
    let (plan, books) = (example("plan.jsonc"), crate::shared::example_dir());
    let books = books.to_str().unwrap();
    let commands: [&[&str]; 12] = [
        &["status"],
        &["orders"],
        &["orders", "--live"],
        &["orders", "--run", "btc15m-morning"],
        &["positions"],
        &["report"],
        &["report", "--since", "24h"],
        &["plan", "list"],
        &["plan", "show", "btc15m-morning"],
        &["plan", "schema"],
        &["preview", "--books", books, "--step", "5m"],
        &["run", &plan, "--books", books],
    ];
    for command in commands {
        let value = house.call(&[command, &["--json"]].concat()).expect(0).json();
        assert!(value.is_object(), "{command:?}");
    }
    let info = bare(&house, &["data", "info", books, "--json"]).expect(0).json();
    assert_eq!(info["counts"]["books"], 4_199);
    let step = house.run(&["--step", "5m", "--json"]).expect(0).json();
    assert_eq!((step["isNew"].clone(), step["report"]["passes"].clone()), (true.into(), 1.into()));
}

#[test]
fn json_is_written_by_what_changes_things_too() {
    let house = lived_in();
    house.write("x.jsonc", &std::fs::read_to_string(example("plan.jsonc")).unwrap());
    house.write("y.jsonc", &std::fs::read_to_string(example("at-once.jsonc")).unwrap());
    let ask = |arguments: &[&str]| house.call(&[arguments, &["--json"]].concat()).expect(0).json();
    assert_eq!(ask(&["check", "x.jsonc"])["plans"][0]["trades"], 7);
    assert_eq!(ask(&["db", "verify"])["agrees"], true);
    assert!(ask(&["db", "rebuild"])["events"].as_u64() > Some(20));
    assert_eq!(ask(&["plan", "add", "y.jsonc"])["plans"][0]["kept"], true);
    assert_eq!(ask(&["plan", "stop", "btc15m-morning"])["cancelled"], 3);
    assert_eq!(ask(&["account", "deposit", "--paper", "5"])["cash"], "10005");
    assert_eq!(ask(&["account", "reset", "--paper"])["successor"], "paper#2");
    assert_eq!(ask(&["init"])["isNewStore"], false);
    assert!(ask(&["demo"])["reports"].as_array().map(Vec::len) >= Some(6));
    let bad = house.call(&["check", "--json", &example("mistakes.jsonc"), "none.jsonc"]).expect(2);
    let bad = bad.json();
    assert_eq!(bad["plans"][0]["problems"].as_array().map(Vec::len), Some(10));
    assert!(bad["plans"][0]["problems"][0]["line"].is_u64(), "{bad:#}");
    assert!(bad["plans"][1]["unreadable"].as_str().unwrap().contains("none.jsonc"));
}

/// On a fresh machine no folder of ours is there yet, and no command may need one that another makes.
#[test]
fn the_first_command_of_a_fresh_machine_may_be_any() {
    for command in
        [&["account", "deposit", "--paper", "5"][..], &["plan", "add", "x.jsonc"], &["init"]]
    {
        let house = House::new();
        house.write("x.jsonc", &std::fs::read_to_string(example("plan.jsonc")).unwrap());
        bare(&house, command).expect(0);
    }
    for command in [&["plan", "stop", "x"][..], &["account", "reset", "--paper"], &["db", "verify"]]
    {
        let house = House::new();
        let said = bare(&house, command).expect(2);
        assert!(said.err.contains("there is no store at"), "{command:?}: {}", said.err);
        assert!(!house.tmp().parent().unwrap().join("home/.local").exists(), "{command:?}");
    }
}

/// A step past a recording's end stands still there, and admits what it is given all the same.
#[test]
fn a_kept_plan_is_admitted_by_a_step_past_the_end() {
    let house = House::new();
    house.run(&["--now", "2026-09-28T09:45:35.874Z"]).expect(0);
    house.call(&["plan", "add", &example("plan.jsonc")]).expect(0);
    let said = house.run(&["--step", "5m"]).expect(0);
    assert!(said.out.contains("The recording ends at"), "{}", said.out);
    let kept = house.call(&["plan", "list", "--json"]).expect(0).json();
    assert_eq!(kept["plans"][0]["live"], 0, "{kept:#}");
    house.run(&[]).expect(0);
    let kept = house.call(&["plan", "list", "--json"]).expect(0).json();
    assert_eq!(kept["plans"][0]["trades"], 7, "{kept:#}");
}

#[test]
fn completions_name_the_commands() {
    let house = House::new();
    for shell in ["bash", "zsh", "fish"] {
        let said = bare(&house, &["completions", shell]).expect(0);
        assert!(said.out.contains("betteroms") && said.out.contains("positions"), "{shell}");
    }
}

#[test]
fn a_wrong_configuration_names_place_and_key() {
    let house = House::new();
    for (text, parts) in [
        ("[limits]\nperTrad = 5\n", &["c.toml", "perTrad", "2"][..]),
        ("[limits]\nperTrade = 0.1\n", &["c.toml", "perTrade", "\"0.1\" in quotes"]),
        ("[limits]\nperTrade = true\n", &["c.toml", "perTrade", "2"]),
        ("[limits]\nordersPerPass = \"many\"\n", &["c.toml", "ordersPerPass"]),
        ("[paper]\nliquidityFraction = \"1.5\"\n", &["c.toml", "1.5 is not between 0 and 1"]),
        ("[paper]\nstartingCashUSD = -1\n", &["c.toml", "-1"]),
        ("[limitz]\n", &["c.toml", "limitz"]),
        ("limits = [\n", &["c.toml", "line"]),
    ] {
        house.write("c.toml", text);
        let said = bare(&house, &["--config", "c.toml", "status"]).expect(2);
        for part in parts {
            assert!(said.err.contains(part), "{part:?} not in {:?} for {text:?}", said.err);
        }
    }
    // What somebody wrote there by mistake is not repeated.
    house.write("c.toml", "[real]\nenabled = true\npassphrase = \"hunter2\"\n");
    let said = bare(&house, &["--config", "c.toml", "status"]).expect(2);
    assert!(said.err.contains("line 3, column 1, at `passphrase`: unknown field"), "{}", said.err);
    assert!(!said.err.contains("hunter2"), "{}", said.err);
    for text in ["[real]\nenabled = \"hunter2\"\n", "[real]\nhunter2==\n"] {
        house.write("c.toml", text);
        let said = bare(&house, &["--config", "c.toml", "status"]).expect(2);
        assert!(said.err.contains("line 2"), "{}", said.err);
        assert!(!said.err.contains("hunter2"), "{}", said.err);
    }
    let absent = bare(&house, &["--config", "none.toml", "status"]).expect(2);
    assert!(absent.err.contains("none.toml"), "{}", absent.err);
    for (name, value, part) in [
        ("BETTEROMS_LIMITS_PER_TRAD", "5", "BETTEROMS_LIMITS_PER_TRAD"),
        ("BETTEROMS_LIMITS_PER_TRADE", "lots", "perTrade"),
        ("BETTEROMS_PAPER_FILL_MODEL", "magic", "fillModel"),
    ] {
        let said = house.bare().env(name, value).arg("status").output().unwrap();
        let said = Said::of(said).expect(2);
        assert!(said.err.contains(part), "{part:?} not in {:?} for {name}", said.err);
    }
}

#[test]
fn a_variable_overrides_the_file_and_a_cap_bites() {
    let house = House::new();
    let config = house.write("c.toml", "[limits]\nperTrade = 10\n");
    let run = |house: &House, limit: Option<&str>| {
        let mut command = house.bare();
        limit.map(|value| command.env("BETTEROMS_LIMITS_PER_TRADE", value));
        let books = crate::shared::example_dir();
        command.arg("--config").arg(&config).args(["run", "--json", "--books"]).arg(books);
        command.arg(example("plan.jsonc")).arg("--db").arg(house.db());
        Said::of(command.output().unwrap()).expect(0).json()["report"]["counts"]["denied"].clone()
    };
    assert_eq!(run(&house, None), 7, "every trade is above ten dollars");
    assert_eq!(run(&House::new(), Some("250")), 1);
    assert_eq!(run(&House::new(), Some("30.5")), 5);
}

#[test]
fn init_twice_changes_nothing() {
    let house = House::new();
    let first = bare(&house, &["init", "--paper-cash", "2500"]).expect(0);
    assert_eq!(first.out.matches("(new)").count(), 2, "{}", first.out);
    let home = house.tmp().parent().unwrap().join("home");
    let config = home.join(".config/betteroms/config.toml");
    let text = std::fs::read_to_string(&config).unwrap();
    assert!(text.contains("startingCashUSD = \"2500\""), "{text}");
    let db = home.join(".local/share/betteroms/betteroms.db");
    let before = ledger::dump(&db);
    let second = bare(&house, &["init", "--paper-cash", "9"]).expect(0);
    assert_eq!(second.out.matches("(kept as it is)").count(), 2, "{}", second.out);
    assert_eq!((std::fs::read_to_string(&config).unwrap(), ledger::dump(&db)), (text, before));
    let run =
        house.bare().args(["run", "--json", "--books"]).arg(crate::shared::example_dir()).output();
    let run = Said::of(run.unwrap()).expect(0).json();
    assert_eq!(run["report"]["cash"]["funded"], "2500");
}

#[test]
fn the_demo_runs_anywhere_and_leaves_nothing() {
    let house = House::new();
    let said = bare(&house, &["demo"]).expect(0);
    assert!(said.out.matches("PAPER (replay)").count() >= 6, "{}", said.out);
    assert!(said.out.contains("betteroms market show SLUG --plan"), "{}", said.out);
    for folder in [house.tmp(), house.path("."), house.tmp().parent().unwrap().join("home")] {
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0, "{}", folder.display());
    }
}

#[test]
fn reading_where_there_is_nothing_is_told_and_makes_nothing() {
    let house = House::new();
    for command in [
        &["status"][..],
        &["orders"],
        &["positions"],
        &["report"],
        &["plan", "list"],
        &["db", "verify"],
        &["db", "rebuild"],
    ] {
        let said = house.call(command).expect(2);
        assert!(said.err.contains("there is no store at"), "{command:?}: {}", said.err);
    }
    assert_eq!(std::fs::read_dir(house.path(".")).unwrap().count(), 0);
    bare(&house, &["--db", "a.db", "init"]).expect(0);
    for command in [&["status"][..], &["orders"], &["positions"], &["report"]] {
        let said = house.call(command).expect(2);
        assert!(said.err.contains("no pass yet"), "{command:?}: {}", said.err);
        assert!(!said.err.contains("--real"), "{command:?}: {}", said.err);
    }
}

#[test]
fn a_store_that_is_none_of_ours_is_refused_unchanged() {
    let house = lived_in();
    house.write("garbage.db", &"not a database at all\n".repeat(500));
    ledger::tamper(&house.path("foreign.db"), "CREATE TABLE recipes (name TEXT)");
    let newer = house.path("newer.db");
    house.copy_store(&house.db(), &newer);
    ledger::tamper(&newer, "UPDATE meta SET value = 99 WHERE key = 'schema_version'");
    std::fs::create_dir(house.path("folder.db")).unwrap();
    let books = crate::shared::example_dir();
    for (name, part) in [
        ("garbage.db", "not a SQLite database"),
        ("foreign.db", "foreign.db"),
        ("newer.db", "99"),
        ("folder.db", "folder.db"),
        ("no/such/deep.db", "deep.db"),
    ] {
        let path = house.path(name);
        let bytes = std::fs::read(&path).ok();
        for command in
            [&["status"][..], &["run", "--books", books.to_str().unwrap()], &["db", "verify"]]
        {
            if name.starts_with("no/") && command[0] == "run" {
                continue;
            }
            let said = house.on(&path, command);
            assert!(matches!(said.code, Some(2..=4)), "{name} {command:?}: {said:?}");
            assert!(said.err.contains(part) || said.out.contains(part), "{part:?}: {said:?}");
            assert!(!said.err.contains("panicked"), "{}", said.err);
        }
        assert_eq!(std::fs::read(&path).ok(), bytes, "{name} was changed");
    }
    assert!(!beside(&house.path("garbage.db"), "-wal").exists());
}

/// A damaged store is told with what can be done: never the command that has just been said.
#[test]
fn a_store_that_was_cut_short_names_the_copies_that_could_take_its_place() {
    let house = lived_in();
    house.call(&["db", "rebuild"]).expect(0);
    let copy = beside(&house.db(), ".backup-rebuild");
    let whole = std::fs::read(&copy).unwrap();
    let cut = house.path("cut.db");
    let mut refused = 0;
    for part in [16, 8, 4, 2] {
        std::fs::write(&cut, &whole[..whole.len() / part]).unwrap();
        for command in [["db", "verify"], ["db", "rebuild"]] {
            let said = house.on(&cut, &command);
            assert!(matches!(said.code, Some(3 | 4)), "{part}: {said:?}");
            assert!(
                !format!("{}{}", said.out, said.err).contains("`betteroms db verify`"),
                "{said:?}"
            );
            if said.code == Some(4) {
                assert!(said.err.contains("no copy of ours lies beside it"), "{said:?}");
                std::fs::copy(&copy, beside(&cut, ".backup-rebuild")).unwrap();
                let said = house.on(&cut, &command).expect(4);
                assert!(said.err.contains("beside it lie cut.db.backup-rebuild"), "{}", said.err);
                std::fs::remove_file(beside(&cut, ".backup-rebuild")).unwrap();
                refused += 1;
            }
        }
    }
    assert!(refused >= 4, "{refused}");
    std::fs::copy(&copy, &cut).unwrap();
    house.on(&cut, &["db", "verify"]).expect(0);
    ledger::tamper(&cut, "UPDATE accounts SET cash = 1");
    let said = house.on(&cut, &["db", "verify"]).expect(3);
    assert!(said.out.ends_with("`betteroms db rebuild` writes the views anew from the journal\n"));
    house.on(&cut, &["db", "rebuild"]).expect(0);
    ledger::tamper(&cut, "DELETE FROM events WHERE seq = 2");
    let said = house.on(&cut, &["--json", "db", "verify"]).expect(3).json();
    let remedy = said["remedy"].as_str().unwrap();
    assert!(remedy.ends_with("beside it lie cut.db.backup-rebuild"), "{said:#}");
}

#[test]
fn an_older_store_names_its_remedy_and_the_remedy_works() {
    let house = lived_in();
    let older = "DROP VIEW audit_logs; CREATE TABLE audit_logs (seq INTEGER NOT NULL PRIMARY KEY); \
        CREATE INDEX orders_of_market ON orders (account, market_id, status); \
        CREATE INDEX events_of_pass ON events (account, pass_id); \
        UPDATE meta SET value = 2 WHERE key = 'schema_version'";
    ledger::tamper(&house.db(), older);
    let said = house.call(&["db", "verify"]).expect(4);
    assert!(said.err.contains("`betteroms db migrate` brings it to 3"), "{}", said.err);
    let said = house.call(&["db", "migrate"]).expect(0);
    assert!(said.out.starts_with("schema 2 is now 3;"), "{}", said.out);
    assert!(beside(&house.db(), ".backup-v2").exists());
    assert!(house.verify() > 20);
    let again = house.call(&["db", "migrate", "--json"]).expect(0).json();
    assert_eq!((&again["from"], &again["to"]), (&3.into(), &3.into()));
}

/// As after `| head -1`: nobody reads on.
#[test]
fn a_reader_that_has_seen_enough_is_no_fault() {
    let house = lived_in();
    for command in [&["report", "--json"][..], &["orders"], &["completions", "bash"], &["--help"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut child = house.bare();
        child.arg("--db").arg(house.db()).args(command).stdout(writer);
        let said =
            Said::of(child.stderr(Stdio::piped()).spawn().unwrap().wait_with_output().unwrap());
        assert_eq!((said.code, said.err.as_str()), (Some(0), ""), "{command:?}");
    }
}

#[test]
fn strict_makes_a_denial_an_exit_code() {
    let house = House::new();
    house.run(&["--strict", &example("plan.jsonc")]).expect(1);
    let house = House::new();
    house.run(&["--strict"]).expect(0);
}
