//! The program with its command line.

use std::process::Stdio;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use super::receiver::Receiver;

const KEY: &str = "sk_test_anything";

/// A running program. It is killed at the end of the test.
struct Program {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    url: String,
    printed: String,
}

impl Program {
    async fn start(arguments: &[&str]) -> Program {
        let mut command = Command::new(env!("CARGO_BIN_EXE_stripe-stand-in"));
        command.args(["--port", "0"]).args(arguments).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut printed = String::new();
        // The addresses end with an empty line; the first paragraph is the title.
        let mut paragraphs = 0;
        while paragraphs < 2 {
            let line = lines.next_line().await.unwrap().unwrap();
            paragraphs += usize::from(line.is_empty());
            printed = format!("{printed}{line}\n");
        }
        let url = value(&printed, "API base").replace("localhost", "127.0.0.1");
        Program { child, lines, url, printed }
    }

    /// Waits for the output line of a delivered event of this type.
    async fn delivers(&mut self, event_type: &str) {
        let line = self.lines.next_line().await.unwrap().unwrap();
        assert!(line.starts_with(event_type) && line.ends_with("attempt 1: 200"), "{line}");
    }

    async fn stop(mut self) {
        self.child.kill().await.unwrap();
    }

    async fn customers(&self) -> Value {
        let request = reqwest::Client::builder().no_proxy().build().unwrap().get(format!("{}/v1/customers", self.url));
        request.bearer_auth(KEY).send().await.unwrap().json().await.unwrap()
    }

    async fn create_customer(&self) {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let request = client.post(format!("{}/v1/customers", self.url)).bearer_auth(KEY);
        assert_eq!(request.form(&[("email", "ann@example.com")]).send().await.unwrap().status(), 200);
    }
}

fn value<'a>(printed: &'a str, label: &str) -> &'a str {
    printed.lines().find_map(|line| line.strip_prefix(label)).unwrap_or_else(|| panic!("{label} in {printed}")).trim()
}

#[tokio::test]
async fn the_program_prints_its_addresses_and_signs_events() {
    let receiver = Receiver::answering(&[]).await;
    let mut program = Program::start(&["--webhook", &receiver.url]).await;
    assert_eq!(value(&program.printed, "API key"), "any of the form sk_test_...");
    assert_eq!(value(&program.printed, "Webhook  "), receiver.url);
    program.create_customer().await;
    program.delivers("customer.created").await;
    let received = receiver.take();
    assert_eq!(received[0].event["type"], "customer.created");
    assert!(received[0].is_signed_with(value(&program.printed, "Webhook secret")));
}

#[tokio::test]
async fn a_given_secret_and_data_directory_are_used() {
    let receiver = Receiver::answering(&[]).await;
    let folder = std::env::temp_dir().join(format!("stripe-stand-in-{}", std::process::id()));
    let arguments =
        ["--webhook", &receiver.url, "--webhook-secret", "whsec_chosen", "--data", folder.to_str().unwrap()];
    let mut program = Program::start(&arguments).await;
    program.create_customer().await;
    program.delivers("customer.created").await;
    assert!(receiver.take()[0].is_signed_with("whsec_chosen"));
    program.stop().await;
    let again = Program::start(&["--data", folder.to_str().unwrap()]).await;
    assert_eq!(again.customers().await["data"][0]["email"], "ann@example.com");
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn the_chaos_option_applies_to_the_program() {
    let receiver = Receiver::answering(&[]).await;
    let folder = std::env::temp_dir().join(format!("stripe-stand-in-chaos-{}", std::process::id()));
    let data = ["--webhook", &receiver.url, "--data", folder.to_str().unwrap()];
    let mut program = Program::start(&[&data[..], &["--retries", "60,5m", "--chaos", "seed=7,drop=1"]].concat()).await;
    assert_eq!((value(&program.printed, "Chaos"), value(&program.printed, "Retries")), ("seed=7,drop=1", "1m,5m"));
    program.create_customer().await;
    let line = program.lines.next_line().await.unwrap().unwrap();
    assert!(line.ends_with("attempt 1: dropped by chaos"), "{line}");
    program.stop().await;
    let mut again = Program::start(&data).await;
    again.create_customer().await;
    again.delivers("customer.created").await;
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn wrong_arguments_are_refused() {
    let cases: [(&[&str], &str); 6] = [
        (&["--webhook", "localhost"], "--webhook"),
        (&["--webhook-secret", "whsec_x"], "--webhook"),
        (&["--port", "http"], "--port"),
        (&["--chaos", "seed=7,drop=2"], "drop"),
        (&["--chaos", "outage"], "outage"),
        (&["--retries", "often"], "--retries"),
    ];
    for (arguments, named) in cases {
        let mut command = Command::new(env!("CARGO_BIN_EXE_stripe-stand-in"));
        let output = command.args(arguments).kill_on_drop(true).output().await.unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let message = String::from_utf8(output.stderr).unwrap();
        assert!(message.contains(named), "{arguments:?}: {message}");
    }
}
