//! What a library is narrowed down by beside its filters: genre, decade, resolution.

/// How fine a picture is, by the classes that people know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Resolution {
    /// Below 720p.
    Sd,
    /// 720p.
    Hd,
    /// 1080p.
    FullHd,
    /// 4K, and what is finer.
    Uhd,
}

impl Resolution {
    /// All, the coarsest first.
    pub const ALL: [Self; 4] = [Self::Sd, Self::Hd, Self::FullHd, Self::Uhd];

    /// The class of a picture of this size in pixels; a side that is not known is zero. A film in scope has fewer lines than its
    /// class says, and an old one fewer columns, so the better side counts; with room for pictures that were cut a little.
    #[must_use]
    pub fn of_size(width: u32, height: u32) -> Option<Self> {
        match (width, height) {
            (0, 0) => None,
            (width, height) if width >= 3200 || height >= 1800 => Some(Self::Uhd),
            (width, height) if width >= 1700 || height >= 900 => Some(Self::FullHd),
            (width, height) if width >= 1100 || height >= 620 => Some(Self::Hd),
            _ => Some(Self::Sd),
        }
    }

    /// How many lines such a picture has in full: 480, 720, 1080, 2160.
    #[must_use]
    pub fn lines(self) -> u32 {
        match self {
            Self::Sd => 480,
            Self::Hd => 720,
            Self::FullHd => 1080,
            Self::Uhd => 2160,
        }
    }

    /// The class with so many lines.
    #[must_use]
    pub fn of_lines(lines: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.lines() == lines)
    }
}

/// What titles have to have; what is absent does not matter.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Facets {
    /// This genre, in the source's words.
    pub genre: Option<String>,
    /// A year of release from this one on, within ten years: 1990 for the nineties.
    pub decade: Option<i32>,
    /// This class of picture; of a show, in one of its episodes.
    pub resolution: Option<Resolution>,
}

impl Facets {
    /// Whether nothing is asked for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What the titles of a library have of each facet.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct FacetValues {
    /// Genres, by the alphabet.
    pub genres: Vec<String>,
    /// Decades by their first years, the latest first.
    pub decades: Vec<i32>,
    /// Classes of pictures, the finest first.
    pub resolutions: Vec<Resolution>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_film_in_scope_is_of_its_class() {
        use Resolution::{FullHd, Hd, Sd, Uhd};
        for ((width, height), class) in [
            ((1920, 800), FullHd),
            ((1440, 1080), FullHd),
            ((3840, 1600), Uhd),
            ((1280, 536), Hd),
            ((960, 720), Hd),
            ((720, 576), Sd),
            ((640, 360), Sd),
            ((0, 1080), FullHd),
            ((7680, 4320), Uhd),
        ] {
            assert_eq!(
                Resolution::of_size(width, height),
                Some(class),
                "{width}×{height}"
            );
        }
        assert_eq!(Resolution::of_size(0, 0), None);
        for class in Resolution::ALL {
            assert_eq!(Resolution::of_lines(class.lines()), Some(class));
            assert_eq!(Resolution::of_size(0, class.lines()), Some(class));
        }
    }
}
