//! A moment as a journal states it: the date and time on the wall, and how far that is from UTC where a clock said so.

use jiff::civil::DateTime;
use jiff::tz::Offset;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// A moment, to the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    civil: DateTime,
    offset: Option<Offset>,
}

impl Moment {
    /// The moment of that clock reading; what is below a second is dropped.
    #[must_use]
    pub fn new(civil: DateTime, offset: Option<Offset>) -> Self {
        let civil = civil.with().subsec_nanosecond(0).build().unwrap_or(civil);
        Self { civil, offset }
    }

    /// `2002-10-22T06:15`, with seconds and `+02:00` (or `Z`) where they are stated. `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let at = text.find('T')?;
        let zone = text.get(at..)?.find(['+', '-', 'Z']).map(|zone| at + zone);
        let (civil, zone) = zone.map_or((text, None), |zone| (&text[..zone], Some(&text[zone..])));
        let offset = match zone {
            None => None,
            Some("Z") => Some(Offset::UTC),
            Some(zone) => {
                let (hours, minutes) = zone[1..].split_once(':')?;
                let two = |text: &str| text.parse::<i32>().ok().filter(|_| text.len() == 2 && !text.starts_with(['+', '-']));
                let (hours, minutes) = (two(hours)?, two(minutes).filter(|minutes| *minutes < 60)?);
                let sign = if zone.starts_with('-') { -1 } else { 1 };
                Some(Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok()?)
            }
        };
        Some(Self::new(civil.parse().ok()?, offset))
    }

    /// The moment that stands for one that nobody wrote down: the beginning of 1970.
    #[must_use]
    pub const fn unknown() -> Self {
        Self { civil: DateTime::constant(1970, 1, 1, 0, 0, 0, 0), offset: None }
    }

    /// Seconds from `earlier` to this; negative if it is later. By UTC where both say how far they are from it, so that
    /// a change to or from summer time does not count; else by the wall.
    #[must_use]
    pub fn seconds_since(&self, earlier: &Self) -> i64 {
        let wall = self.civil.duration_since(earlier.civil).as_secs();
        match self.offset.zip(earlier.offset) {
            Some((here, there)) => wall - i64::from(here.seconds()) + i64::from(there.seconds()),
            None => wall,
        }
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.civil)?;
        let Some(offset) = self.offset else { return Ok(()) };
        let minutes = offset.seconds() / 60;
        write!(out, "{}{:02}:{:02}", if minutes < 0 { '-' } else { '+' }, minutes.abs() / 60, minutes.abs() % 60)
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("expected a date and time such as 2002-10-22T06:15"))
    }
}

#[cfg(test)]
mod tests {
    use super::Moment;

    #[test]
    fn what_is_written_is_read_back_and_an_hour_of_summer_time_is_no_hour() {
        for text in ["2002-10-22T06:15:00", "2002-10-22T06:15:30+02:00", "2002-10-22T06:15:30-05:30"] {
            assert_eq!(Moment::parse(text).unwrap().to_string(), text);
        }
        let at = |text| Moment::parse(text).unwrap();
        assert_eq!(at("2002-10-22T06:15").seconds_since(&at("2002-10-21T06:15")), 24 * 3600);
        assert_eq!(at("2002-10-27T02:10+01:00").seconds_since(&at("2002-10-27T02:50+02:00")), 20 * 60);
        assert_eq!(at("2002-10-27T02:10Z").seconds_since(&at("2002-10-27T02:10")), 0);
        for wrong in
            ["2002-10-22", "2002-13-01T00:00", "T", "2002-10-22T06:15+2", "2002-10-22T06:15+02:99", "", "2002-10-22T06:15+é:00"]
        {
            assert_eq!(Moment::parse(wrong), None, "{wrong}");
        }
    }
}
