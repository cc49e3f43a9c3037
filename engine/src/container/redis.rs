//! The few words of Redis' language that tutorials use.

use std::collections::BTreeMap;

/// The keys of a Redis server.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Store(BTreeMap<String, String>);

impl Store {
    /// Answers one command, as `redis-cli` prints the answer.
    pub(super) fn answer(&mut self, line: &str) -> String {
        let words: Vec<&str> = line.split_whitespace().collect();
        let Some((command, rest)) = words.split_first() else { return String::new() };
        let text = match (command.to_ascii_lowercase().as_str(), rest) {
            ("ping", []) => "PONG".into(),
            ("ping" | "echo", [text, ..]) => (*text).to_string(),
            ("set", [key, value @ ..]) if !value.is_empty() => {
                let value = value.join(" ");
                self.0.insert((*key).to_string(), value.trim_matches('"').to_string());
                "OK".into()
            }
            ("get", [key]) => self.0.get(*key).cloned().unwrap_or_default(),
            ("del", keys) => {
                keys.iter().filter(|key| self.0.remove(**key).is_some()).count().to_string()
            }
            ("exists", keys) => {
                keys.iter().filter(|key| self.0.contains_key(**key)).count().to_string()
            }
            ("incr", [key]) => self.add(key, 1),
            ("decr", [key]) => self.add(key, -1),
            ("keys", _) => self.0.keys().cloned().collect::<Vec<_>>().join("\n"),
            ("dbsize", []) => self.0.len().to_string(),
            ("flushall" | "flushdb", _) => {
                self.0.clear();
                "OK".into()
            }
            ("config", ["get" | "GET", name]) => {
                format!("{name}\n{}", if *name == "maxmemory" { "0" } else { "" })
            }
            ("info", _) => format!(
                "# Server\nredis_mode:standalone\n# Replication\nrole:master\nconnected_slaves:0\n# Keyspace\ndb0:keys={}",
                self.0.len()
            ),
            _ => format!("ERR unknown command '{command}'"),
        };
        format!("{text}\n")
    }

    fn add(&mut self, key: &str, by: i64) -> String {
        let value = self.0.entry(key.to_string()).or_insert_with(|| "0".into());
        match value.parse::<i64>() {
            Ok(number) => {
                *value = number.saturating_add(by).to_string();
                value.clone()
            }
            Err(_) => "ERR value is not an integer or out of range".into(),
        }
    }
}
