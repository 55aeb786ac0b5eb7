//! The commands as a shell runs them.

#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs, reason = "tests")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

const PROVISION: &str = r#"
[[account]]
name = "demo"
[[account.merchant]]
id = "1226"
platform = "global_collect"
[[account.api_key]]
id = "demo-key"
secret = "demo-secret"
"#;

fn florin(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_florin"));
    // Nothing of the environment that the tests run in.
    command.args(arguments).current_dir(folder).env_clear();
    command
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    florin(folder, arguments).output().unwrap()
}

fn refusal(folder: &Path, arguments: &[&str]) -> String {
    let output = run(folder, arguments);
    assert!(!output.status.success());
    String::from_utf8(output.stderr).unwrap()
}

struct Served {
    child: Child,
    /// What it printed until it was ready.
    printed: Vec<String>,
    address: String,
}

fn serve(mut command: Command) -> Served {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let mut printed = Vec::new();
    let address = loop {
        let line = lines.next().expect("the server says where it listens");
        match line.strip_prefix("listening on http://") {
            Some(address) => break address.to_owned(),
            None => printed.push(line),
        }
    };
    Served { child, printed, address }
}

impl Served {
    fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    #[cfg(unix)]
    fn terminate(mut self) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

#[test]
fn the_demo_comes_to_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(folder.path(), &["demo"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(text.lines().filter(|line| line.starts_with('✓')).count(), 10, "{text}");
    assert!(text.contains("refused with 300450") && text.contains("REJECTED with 430306"));
    assert!(!text.contains('\u{1b}'), "colours without a terminal");
}

#[cfg(unix)]
#[test]
fn an_empty_sandbox_gets_a_demo_account_whose_secrets_are_shown_once() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = tempfile::tempdir().unwrap();
    let start = || serve(florin(folder.path(), &["serve", "--listen", "127.0.0.1:0"]));
    let first = start();
    assert!(first.get("/healthz").starts_with("HTTP/1.1 200 "));
    let shown = first.printed.join("\n");
    let secret = shown.split("api secret").nth(1).and_then(|rest| rest.split_whitespace().next());
    let secret = secret.unwrap().to_owned();
    assert_eq!(secret.len(), 64);
    let arguments = ["sandbox", "settle", "--url", &format!("http://{}", first.address)];
    let settled = run(folder.path(), &arguments);
    assert_eq!(String::from_utf8_lossy(&settled.stdout), "{\n  \"moved\": 0\n}\n");
    let advance = [&["sandbox", "advance"], &arguments[2..], &["--by", "1h"]].concat();
    let advanced = run(folder.path(), &advance);
    assert!(String::from_utf8_lossy(&advanced.stdout).contains("3600000"));
    let wrong = [&arguments[..], &["--admin-token", "wrong"]].concat();
    assert!(refusal(folder.path(), &wrong).contains("403"));
    first.terminate();

    let second = start();
    assert_eq!(second.printed, [""; 0]);
    second.terminate();
    for entry in std::fs::read_dir(folder.path().join("florin-data")).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o077, 0, "{entry:?}");
        let bytes = std::fs::read(entry.path()).unwrap();
        let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
        assert!(!found, "{entry:?} holds the secret");
    }
}

#[test]
fn the_environment_counts_before_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = "listen = \"127.0.0.1:1\"\ndata = \"from-file\"\n";
    std::fs::write(folder.path().join("florin.toml"), file).unwrap();
    let mut command = florin(folder.path(), &["serve"]);
    command.env("FLORIN_LISTEN", "127.0.0.1:0");
    let served = serve(command);
    assert!(!served.address.ends_with(":1"));
    assert!(folder.path().join("from-file/florin.db").exists());
    let again = refusal(folder.path(), &["serve", "--listen", "127.0.0.1:0"]);
    assert!(again.contains("in use by another process"), "{again}");
}

#[test]
fn provisioning_is_checked_and_applied() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("p.toml"), PROVISION).unwrap();
    let provision = ["provision", "--file", "p.toml", "--data", "data"];
    let check = [&provision[..], &["--check"]].concat();
    let drift = run(folder.path(), &check);
    assert_eq!(drift.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&drift.stdout).contains("+ api_key \"demo-key\""));
    let applied = run(folder.path(), &provision);
    assert!(applied.status.success());
    assert!(String::from_utf8_lossy(&applied.stdout).ends_with("3 entries changed\n"));
    let agreed = run(folder.path(), &check);
    assert!(agreed.status.success());
    assert_eq!(String::from_utf8_lossy(&agreed.stdout), "no drift\n");
}

#[test]
fn live_mode_is_strict() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    std::fs::write(path.join("p.toml"), PROVISION.replace("\"demo-secret\"", "{ env = \"S\" }"))
        .unwrap();
    let live = ["serve", "--mode", "live", "--listen", "127.0.0.1:0"];
    let with = |more: &[&'static str]| [&live[..], more].concat();
    let url = ["--public-url", "https://pay.example.com"];
    assert!(refusal(path, &live).contains("--public-url"));
    assert!(refusal(path, &with(&["--public-url", "http://a.b"])).contains("https://"));
    assert!(refusal(path, &with(&url)).contains("live mode wants its keys in --key-file"));
    assert!(run(path, &["provision", "--file", "p.toml"]).status.code() == Some(1));

    // A key file to use: that of a sandbox.
    std::fs::write(path.join("sandbox.toml"), PROVISION).unwrap();
    let sandbox = ["--key-file", "keys", "--data", "data"];
    let provision = [&["provision", "--file", "sandbox.toml"], &sandbox[..]].concat();
    assert!(run(path, &provision).status.success());
    let keyed = [&with(&url)[..], &sandbox[..]].concat();
    assert!(refusal(path, &keyed).contains("merchant 1226 has no processor"));
    let simulated = [&keyed[..], &["--simulator", "rules.toml"]].concat();
    assert!(refusal(path, &simulated).contains("simulates nothing"));
    let everywhere: Vec<_> =
        keyed.iter().map(|it| if *it == "127.0.0.1:0" { "0.0.0.0:0" } else { *it }).collect();
    assert!(refusal(path, &everywhere).contains("refuses plain HTTP"));
    std::fs::copy(path.join("keys"), path.join("data/keys")).unwrap();
    let inside = [&with(&url)[..], &["--key-file", "data/keys", "--data", "data"]].concat();
    assert!(refusal(path, &inside).contains("outside the data folder"));

    let mut command =
        florin(path, &[&with(&url)[..], &["--key-file", "keys", "--data", "live"]].concat());
    let provisioned = command.arg("--provision").arg("p.toml").env("S", "secret").output().unwrap();
    let complaint = String::from_utf8_lossy(&provisioned.stderr).into_owned();
    assert!(complaint.contains("merchant 1226 has no processor"), "{complaint}");
}

#[test]
fn the_bench_reports_what_it_promises() {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let arguments = ["bench", "--json", "--connections", "4", "--seconds", "1", "--warmup", "0"];
    let output = run(folder.path(), &arguments);
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    if complaint.contains("is in memory") {
        return;
    }
    assert!(output.status.success(), "{complaint}");
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let figures = [
        "durable_per_s",
        "ceiling_per_s",
        "ratio",
        "durable_cpu_us",
        "ceiling_cpu_us",
        "fsync_per_s",
    ];
    for name in figures {
        assert!(report[name].as_f64().is_some_and(|value| value > 0.0), "{name}: {report}");
    }
    assert!(report["filesystem"].is_string());
    assert_eq!(report["refused"], 0);
}
