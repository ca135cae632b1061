//! Figures, as a table and as JSON.

use serde_json::{Value, json};

/// What a figure is held against.
#[derive(Clone, Copy)]
pub(crate) enum Aim {
    /// At least this.
    Least(f64),
    /// At most this.
    Most(f64),
    /// For knowing only.
    None,
}

/// The figures of a bench, in the order of the table.
#[derive(Default)]
pub(crate) struct Figures(Vec<Value>);

impl Figures {
    /// Adds one.
    pub(crate) fn add(&mut self, name: &str, value: f64, unit: &str, aim: Aim) {
        let (words, met) = match aim {
            Aim::Least(least) => (format!("at least {}", number(least)), Some(value >= least)),
            Aim::Most(most) => (format!("at most {}", number(most)), Some(value <= most)),
            Aim::None => (String::new(), None),
        };
        self.0
            .push(json!({"name": name, "value": value, "unit": unit, "aim": words, "met": met}));
    }

    /// As what a bench returns.
    pub(crate) fn json(self) -> Value {
        json!({"figures": self.0, "machine": crate::process::machine()})
    }
}

/// Prints what a bench returned.
pub(crate) fn table(value: &Value) {
    let Some(figures) = value.get("figures").and_then(Value::as_array) else {
        return say(&format!("{value:#}"));
    };
    for figure in figures {
        let text = |key: &str| figure.get(key).and_then(Value::as_str).unwrap_or_default();
        let value = figure.get("value").and_then(Value::as_f64).unwrap_or(f64::NAN);
        let met = match figure.get("met").and_then(Value::as_bool) {
            Some(true) => "reached",
            Some(false) => "NOT reached",
            None => "",
        };
        let (name, unit, aim) = (text("name"), text("unit"), text("aim"));
        say(&format!(
            "  {name:<52} {:>12} {unit:<10} {aim:<18} {met}",
            number(value)
        ));
    }
}

fn number(value: f64) -> String {
    match value.abs() {
        0.0 => "0".to_owned(),
        ..0.1 => format!("{value:.4}"),
        ..10.0 => format!("{value:.2}"),
        ..1000.0 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

/// Standard output is what a bench is for.
#[expect(clippy::print_stdout, reason = "see above")]
pub(crate) fn say(line: &str) {
    println!("{line}");
}

/// The median.
pub(crate) fn median(values: &[f64]) -> f64 {
    quantile(values, 0.5)
}

/// The value that so large a share of the values does not pass.
pub(crate) fn quantile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let place = (sorted.len().saturating_sub(1)) as f64 * share;
    sorted.get(place.round() as usize).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_of_the_sorted_values() {
        let values = [5.0, 1.0, 3.0, 2.0, 4.0];
        assert_eq!(median(&values), 3.0);
        assert_eq!(quantile(&values, 0.99), 5.0);
        assert_eq!(quantile(&values, 0.0), 1.0);
    }
}
