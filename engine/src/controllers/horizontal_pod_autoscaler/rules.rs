//! How far and how fast an autoscaler may go.
//!
//! Source: upstream `pkg/controller/podautoscaler/horizontal.go`
//! (`normalizeDesiredReplicas`, `normalizeDesiredReplicasWithBehaviors`,
//! `stabilizeRecommendation`). The history is what upstream keeps in memory:
//! the recommendations of late, and the changes made.

use std::cmp::Ordering;

use super::within;
use crate::sim::{Delay, Time};
use crate::value;
use crate::value::Value;

/// How long the highest recommendation holds, unless the behavior says.
const DOWNSCALE_STABILIZATION: i64 = 300;
/// Longer than any window or period of a behavior.
const KEPT: Delay = Delay::secs(3_600);

/// The fewest and the most replicas.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub(super) min: i64,
    pub(super) max: i64,
}

/// A reason and a message.
type Why = (&'static str, &'static str);

/// What the rules make of a wish.
#[derive(Debug)]
pub(super) struct Verdict {
    pub(super) replicas: i64,
    /// What is said of the recommendation.
    pub(super) stabilized: Why,
    /// Why it is not what was wished.
    pub(super) limited: Option<Why>,
    /// The history from now on.
    pub(super) history: Value,
}

/// What becomes of the wish for a number of replicas, from the `current` one.
pub(super) fn normalize(
    behavior: &Value,
    limits: Limits,
    (current, wish): (i64, i64),
    history: &Value,
    now: Time,
) -> Verdict {
    let (stabilized, why) = stabilize(behavior, (current, wish), history, now);
    let (replicas, limited) = if behavior.is_null() {
        limit_plainly(limits, current, stabilized)
    } else {
        limit_by_behavior(behavior, limits, (current, stabilized), history, now)
    };
    let mut history = kept(history, now);
    history["recommendations"].push(value!([(now.as_micros()), wish]));
    Verdict { replicas, stabilized: why, limited, history }
}

/// Adds a change of replicas to the history.
pub(super) fn note_scaling(mut history: Value, change: i64, now: Time) -> Value {
    history["changes"].push(value!([(now.as_micros()), change]));
    history
}

fn kept(history: &Value, now: Time) -> Value {
    let recent = |list: &str| -> Value {
        entries(history, list)
            .filter(|(at, _)| within(*at, KEPT, now))
            .map(|(at, number)| value!([(at.as_micros()), number]))
            .collect()
    };
    value!({ "recommendations": (recent("recommendations")), "changes": (recent("changes")) })
}

fn entries(history: &Value, list: &str) -> impl Iterator<Item = (Time, i64)> {
    history[list].items().iter().map(|entry| {
        let numbers = entry.items();
        let number = |index: usize| numbers.get(index).map_or(0, Value::int);
        (Time::from_micros(number(0)), number(1))
    })
}

/// Recommendations of late hold a change back.
fn stabilize(
    behavior: &Value,
    (current, wish): (i64, i64),
    history: &Value,
    now: Time,
) -> (i64, Why) {
    let window = |direction: &str, default: i64| {
        Delay::secs(behavior[direction]["stabilizationWindowSeconds"].as_int().unwrap_or(default))
    };
    let recent = |window: Delay| {
        let all = entries(history, "recommendations");
        all.filter(move |(at, _)| within(*at, window, now)).map(|(_, number)| number)
    };
    let high = recent(window("scaleDown", DOWNSCALE_STABILIZATION)).fold(wish, i64::max);
    let low = recent(window("scaleUp", 0)).fold(wish, i64::min);
    // Down only to the highest, up only to the lowest.
    let stabilized = if behavior.is_null() { high } else { current.min(high).max(low) };
    let why = match stabilized.cmp(&wish) {
        Ordering::Equal => ("ReadyForNewScale", "recommended size matches current size"),
        Ordering::Greater => (
            "ScaleDownStabilized",
            "recent recommendations were higher than current one, applying the highest recent \
             recommendation",
        ),
        Ordering::Less => (
            "ScaleUpStabilized",
            "recent recommendations were lower than current one, applying the lowest recent \
             recommendation",
        ),
    };
    (stabilized, why)
}

const TOO_MANY: Why =
    ("TooManyReplicas", "the desired replica count is more than the maximum replica count");
const TOO_FEW: Why =
    ("TooFewReplicas", "the desired replica count is less than the minimum replica count");
const TOO_FAST_UP: Why =
    ("ScaleUpLimit", "the desired replica count is increasing faster than the maximum scale rate");
const TOO_FAST_DOWN: Why = (
    "ScaleDownLimit",
    "the desired replica count is decreasing faster than the maximum scale rate",
);

/// Without a behavior, replicas may double, or grow to four.
fn limit_plainly(limits: Limits, current: i64, wish: i64) -> (i64, Option<Why>) {
    let fastest = (2 * current).max(4);
    let (most, why) =
        if limits.max > fastest { (fastest, TOO_FAST_UP) } else { (limits.max, TOO_MANY) };
    if wish < limits.min {
        (limits.min, Some(TOO_FEW))
    } else if wish > most {
        (most, Some(why))
    } else {
        (wish, None)
    }
}

fn limit_by_behavior(
    behavior: &Value,
    limits: Limits,
    (current, wish): (i64, i64),
    history: &Value,
    now: Time,
) -> (i64, Option<Why>) {
    let fastest = |direction: &str, sign| bound(&behavior[direction], current, sign, history, now);
    match wish.cmp(&current) {
        Ordering::Equal => (wish, None),
        Ordering::Greater => {
            let fastest = fastest("scaleUp", 1).max(current);
            let (most, why) =
                if fastest < limits.max { (fastest, TOO_FAST_UP) } else { (limits.max, TOO_MANY) };
            if wish > most { (most, Some(why)) } else { (wish, None) }
        }
        Ordering::Less => {
            let fastest = fastest("scaleDown", -1).min(current);
            let (least, why) =
                if fastest > limits.min { (fastest, TOO_FAST_DOWN) } else { (limits.min, TOO_FEW) };
            if wish < least { (least, Some(why)) } else { (wish, None) }
        }
    }
}

/// The farthest that the policies of a direction allow; `sign` is 1 for up.
fn bound(rules: &Value, current: i64, sign: i64, history: &Value, now: Time) -> i64 {
    let select = rules["selectPolicy"].text();
    if select == "Disabled" {
        return current;
    }
    let bounds = rules["policies"].items().iter().map(|policy| {
        let period = Delay::secs(policy["periodSeconds"].int());
        let moved: i64 = entries(history, "changes")
            .filter(|(at, change)| within(*at, period, now) && change.signum() == sign)
            .map(|(_, change)| change)
            .sum();
        // The replicas at the start of the period.
        let start = current - moved;
        let value = policy["value"].int();
        match policy["type"].text() {
            "Percent" if sign > 0 => {
                let grown = start.saturating_mul(100 + value);
                grown.div_euclid(100) + i64::from(grown.rem_euclid(100) != 0)
            }
            "Percent" => start.saturating_mul(100 - value) / 100,
            _ => start + sign * value,
        }
    });
    let farthest = if sign > 0 { bounds.clone().max() } else { bounds.clone().min() };
    let nearest = if sign > 0 { bounds.min() } else { bounds.max() };
    let chosen = if select == "Min" { nearest } else { farthest };
    chosen.unwrap_or(current)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { min: 1, max: 20 };

    fn at(secs: i64) -> Time {
        Time::from_secs(secs)
    }

    #[test]
    fn replicas_at_most_double_at_once() {
        for (current, wish, expected, reason) in [
            (1, 9, 4, Some("ScaleUpLimit")),
            (4, 9, 8, Some("ScaleUpLimit")),
            (12, 30, 20, Some("TooManyReplicas")),
            (2, 0, 1, Some("TooFewReplicas")),
            (3, 2, 2, None),
        ] {
            let verdict = normalize(&Value::Null, LIMITS, (current, wish), &Value::Null, at(0));
            assert_eq!(verdict.replicas, expected);
            assert_eq!(verdict.limited.map(|own| own.0), reason);
        }
    }

    #[test]
    fn the_highest_wish_of_five_minutes_holds() {
        let first = normalize(&Value::Null, LIMITS, (5, 5), &Value::Null, at(0));
        let soon = normalize(&Value::Null, LIMITS, (5, 1), &first.history, at(200));
        assert_eq!((soon.replicas, soon.stabilized.0), (5, "ScaleDownStabilized"));
        let late = normalize(&Value::Null, LIMITS, (5, 1), &soon.history, at(301));
        assert_eq!((late.replicas, late.stabilized.0), (1, "ReadyForNewScale"));
    }

    #[test]
    fn policies_count_what_was_changed_in_their_period() {
        let behavior = value!({
            "scaleUp": {
                "stabilizationWindowSeconds": 0,
                "selectPolicy": "Max",
                "policies": [{ "type": "Pods", "value": 2, "periodSeconds": 60 }],
            },
        });
        let first = normalize(&behavior, LIMITS, (3, 9), &Value::Null, at(0));
        assert_eq!(first.replicas, 5);
        let history = note_scaling(first.history, 2, at(0));
        let second = normalize(&behavior, LIMITS, (5, 9), &history, at(30));
        assert_eq!((second.replicas, second.limited.map(|own| own.0)), (5, Some("ScaleUpLimit")));
        assert_eq!(normalize(&behavior, LIMITS, (5, 9), &history, at(61)).replicas, 7);
    }
}
