//! Hours in which nothing is to disturb.

/// From when to when, minutes of the local day. `to` may be before `from`: then they cross midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuietHours {
    /// The first minute that is quiet.
    pub from: u16,
    /// The first minute that is not any more. The same as `from`: the whole day is quiet.
    pub to: u16,
}

impl QuietHours {
    /// Whether this minute of the local day is quiet.
    pub fn cover(self, minute: u16) -> bool {
        if self.from < self.to {
            (self.from..self.to).contains(&minute)
        } else {
            minute >= self.from || minute < self.to
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quiet_hours_may_cross_midnight() {
        let at = |hours: u16, minutes: u16| hours * 60 + minutes;
        let day = (at(9, 0), at(17, 30));
        let night = (at(22, 0), at(7, 0));
        let always = (at(8, 0), at(8, 0));
        for ((from, to), minute, expected) in [
            (day, at(8, 59), false),
            (day, at(9, 0), true),
            (day, at(17, 29), true),
            (day, at(17, 30), false),
            (night, at(21, 59), false),
            (night, at(22, 0), true),
            (night, at(23, 59), true),
            (night, at(0, 0), true),
            (night, at(6, 59), true),
            (night, at(7, 0), false),
            (night, at(12, 0), false),
            (always, at(0, 0), true),
            (always, at(8, 0), true),
        ] {
            assert_eq!(
                QuietHours { from, to }.cover(minute),
                expected,
                "{from} {to} {minute}"
            );
        }
    }
}
