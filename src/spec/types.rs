//! The types of facts and expressions, and the values that have them.

use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// Index of an enumeration in the vocabulary.
pub type EnumerationId = usize;
/// Index of a kind of version in the vocabulary.
pub type VersionId = usize;
/// Index of a record in the vocabulary.
pub type RecordId = usize;
/// Index of a field in its record.
pub type FieldId = usize;

/// The type of a fact or an expression.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Type {
    /// `true` or `false`.
    Boolean,
    /// A whole number within bounds, both included.
    Number {
        /// The least.
        min: i64,
        /// The greatest.
        max: i64,
    },
    /// Text that is only compared for equality; `none` where `optional`.
    Text {
        /// Whether it can be stated that there is none.
        optional: bool,
    },
    /// A block of network addresses.
    Subnet,
    /// One value of an enumeration.
    Enumeration(EnumerationId),
    /// A version of that kind.
    Version(VersionId),
    /// Some values of an enumeration.
    Set(EnumerationId),
    /// At most so many values of a type.
    List(Box<Type>, usize),
    /// A record of that kind.
    Record(RecordId),
    /// One of the records in that list of the site; as an expression, the record itself.
    Reference {
        /// The field of the site's record that holds the list.
        list: FieldId,
        /// The kind of its records.
        record: RecordId,
    },
}

/// The code of a version: its parts in base [`VERSION_BASE`], so that codes compare as versions do.
pub const VERSION_BASE: i64 = 1_000;

/// Minutes of a duration such as `90m`, `2h`, `1h30m` or `2d`.
#[must_use]
pub fn minutes(text: &str) -> Option<i64> {
    let (mut total, mut number) = (0_i64, String::new());
    for c in text.chars() {
        if c.is_ascii_digit() {
            number.push(c);
            continue;
        }
        let unit = match c {
            'm' => 1,
            'h' => 60,
            'd' => 24 * 60,
            _ => return None,
        };
        let count: i64 = number.parse().ok().filter(|count| *count < 100_000)?;
        total += count * unit;
        number.clear();
    }
    (number.is_empty() && !text.is_empty()).then_some(total)
}

/// Least and most minutes of `2h..3h`, or of `30m`, which is both.
#[must_use]
pub fn interval(text: &str) -> Option<(i64, i64)> {
    let (least, most) = text.split_once("..").unwrap_or((text, text));
    minutes(least).zip(minutes(most)).filter(|(least, most)| least <= most)
}

/// A block of network addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Subnet {
    /// Its address; bits beyond the prefix are zero.
    pub address: IpAddr,
    /// How many bits are fixed.
    pub prefix: u8,
}

impl Subnet {
    /// The block written as `address/prefix`, or why there is none.
    ///
    /// # Errors
    /// What is wrong with the text, as the end of a sentence.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (address, prefix) = text.split_once('/').ok_or("it has no `/` and prefix length")?;
        let address: IpAddr = address.parse().map_err(|_| "the part before `/` is no IP address".to_owned())?;
        let bits = if address.is_ipv4() { 32 } else { 128 };
        let prefix: u8 =
            prefix.parse().ok().filter(|p| *p <= bits).ok_or_else(|| format!("the prefix length is not 0 to {bits}"))?;
        let masked = Self { address: mask(address, prefix), prefix };
        if masked.address != address {
            return Err(format!("address bits are set beyond the prefix; the block is `{}`", masked.display()));
        }
        Ok(masked)
    }

    /// Whether the whole block is reserved for private networks (RFC 1918 for IPv4, RFC 4193 for IPv6).
    #[must_use]
    pub fn is_private(&self) -> bool {
        let blocks: [(IpAddr, u8); 4] = [
            (IpAddr::from([10, 0, 0, 0]), 8),
            (IpAddr::from([172, 16, 0, 0]), 12),
            (IpAddr::from([192, 168, 0, 0]), 16),
            (IpAddr::from([0xfc00, 0, 0, 0, 0, 0, 0, 0]), 7),
        ];
        blocks.iter().any(|&(address, prefix)| {
            address.is_ipv4() == self.address.is_ipv4() && self.prefix >= prefix && mask(self.address, prefix) == address
        })
    }

    /// `address/prefix`.
    #[must_use]
    pub fn display(&self) -> String {
        format!("{}/{}", self.address, self.prefix)
    }
}

fn mask(address: IpAddr, prefix: u8) -> IpAddr {
    match address {
        IpAddr::V4(v4) => {
            let bits = u32::MAX.checked_shl(32 - u32::from(prefix)).unwrap_or(0);
            IpAddr::V4((v4.to_bits() & bits).into())
        }
        IpAddr::V6(v6) => {
            let bits = u128::MAX.checked_shl(128 - u32::from(prefix)).unwrap_or(0);
            IpAddr::V6((v6.to_bits() & bits).into())
        }
    }
}

/// The code of the text `none`.
pub const TEXT_NONE: i64 = 0;
/// Texts and subnets named in a site have codes below this; ones that are not named have codes from here.
pub const FRESH: i64 = 1_000_000;
/// Subnets that are not named are private below this code, public from here.
pub const FRESH_PUBLIC: i64 = 2_000_000;

/// A value with everything known. Texts and subnets are codes; the site they come from has the words.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    /// Of [`Type::Boolean`].
    Boolean(bool),
    /// Of [`Type::Number`].
    Number(i64),
    /// Of [`Type::Text`].
    Text(i64),
    /// Of [`Type::Subnet`].
    Subnet(i64),
    /// Of [`Type::Enumeration`]: index of the value.
    Enumeration(usize),
    /// Of [`Type::Version`]: its code.
    Version(i64),
    /// Of [`Type::Set`]: bit `i` is value `i`.
    Set(u64),
    /// Of [`Type::List`].
    List(Vec<Value>),
    /// Of [`Type::Record`]: index of the record in its site.
    Record(usize),
}
