//! The state of a machine on one site: which variables there are, and where each stands in a list of values.

use super::site::Site;
use crate::spec::types::RecordId;
use crate::spec::vocabulary::Vocabulary;

/// The ground state variables of a site: each variable for each choice of its records.
#[derive(Clone, Debug, Default)]
pub struct Layout {
    /// For each variable: where its first instance stands.
    bases: Vec<usize>,
    /// For each variable: the kinds of its records.
    kinds: Vec<Vec<RecordId>>,
    /// The records of each kind, in file order.
    objects: Vec<Vec<usize>>,
    /// The position of each record among those of its kind.
    positions: Vec<usize>,
    /// How many ground variables there are.
    pub count: usize,
}

impl Layout {
    /// The layout of a site's machine.
    #[must_use]
    pub fn new(vocabulary: &Vocabulary, site: &Site) -> Self {
        let mut objects: Vec<Vec<usize>> = vec![Vec::new(); vocabulary.records.len()];
        let mut positions = Vec::new();
        for (index, record) in site.records.iter().enumerate() {
            positions.push(objects[record.kind].len());
            objects[record.kind].push(index);
        }
        let kinds: Vec<Vec<RecordId>> =
            vocabulary.state.iter().map(|variable| variable.parameters.iter().map(|(_, kind)| *kind).collect()).collect();
        let mut bases = Vec::new();
        let mut count = 0;
        for kinds in &kinds {
            bases.push(count);
            count += kinds.iter().map(|kind| objects[*kind].len()).product::<usize>();
        }
        Self { bases, kinds, objects, positions, count }
    }

    /// Where the value of a variable of these records stands.
    #[must_use]
    pub fn index(&self, variable: usize, records: &[usize]) -> Option<usize> {
        let kinds = self.kinds.get(variable)?;
        let mut offset = 0;
        for (kind, record) in kinds.iter().zip(records) {
            offset = offset * self.objects[*kind].len() + self.positions.get(*record)?;
        }
        (kinds.len() == records.len()).then(|| self.bases[variable] + offset)
    }

    /// All choices of records of a variable, in the order of their places.
    #[must_use]
    pub fn instances(&self, variable: usize) -> Vec<Vec<usize>> {
        let mut out: Vec<Vec<usize>> = vec![Vec::new()];
        for kind in &self.kinds[variable] {
            let extend = |records: &Vec<usize>| {
                self.objects[*kind]
                    .iter()
                    .map(|object| records.iter().copied().chain([*object]).collect())
                    .collect::<Vec<Vec<usize>>>()
            };
            out = out.iter().flat_map(extend).collect();
        }
        out
    }

    /// The variable and the records of a place.
    #[must_use]
    pub fn at(&self, place: usize) -> (usize, Vec<usize>) {
        let variable = self.bases.partition_point(|base| *base <= place) - 1;
        let records = self.instances(variable).into_iter().nth(place - self.bases[variable]);
        (variable, records.unwrap_or_default())
    }
}
