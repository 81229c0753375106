//! What a stack logs.

use std::io::Write;
use std::sync::{Arc, Mutex};

use serde_json::Value;

/// A writer that remembers.
#[derive(Clone, Default)]
pub(crate) struct LogMemory(Arc<Mutex<Vec<u8>>>);

impl LogMemory {
    /// Every line so far.
    pub(crate) fn lines(&self) -> Vec<String> {
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        text.lines().map(str::to_owned).collect()
    }

    /// How many lines so far have this message.
    pub(crate) fn count(&self, message: &str) -> usize {
        let has_message = |line: &String| serde_json::from_str::<Value>(line).unwrap()["message"] == message;
        self.lines().iter().filter(|line| has_message(line)).count()
    }
}

impl Write for LogMemory {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
