//! The words of a song: which line is sung, and the list that shows them beside the cover.
//!
//! [`Words`] is what is known of them, with its rules. [`Sheet`] is cover and list. **Does not know** the player or the engine.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant};

use adw::prelude::*;
use gtk::glib;
use spool_engine::source::LyricLine;

use super::layers::layer;
use crate::i18n::gettext;

/// Longer than any song; what a server sends beyond is no lyrics.
const MOST: usize = 2000;
/// Who scrolls by hand wants to read: the list follows the song again after this time.
const READS: Duration = Duration::from_secs(4);
/// How long the list takes from one line to the next, in milliseconds.
const GLIDE: u32 = 350;
/// Nearer than this, in pixels, to where it should be, the list stays.
const NEAR: f64 = 2.0;

/// The words of the song that plays, and whether the person wants to see them.
#[derive(Debug)]
pub(super) struct Words {
    lines: Rc<[LyricLine]>,
    wanted: bool,
}

impl Words {
    /// No words yet.
    pub(super) fn new(wanted: bool) -> Self {
        let lines = Rc::default();
        Self { lines, wanted }
    }

    /// Those of another song.
    pub(super) fn put(&mut self, mut lines: Vec<LyricLine>) {
        lines.truncate(MOST);
        self.lines = lines.into();
    }

    /// Shows them, or not; says what is wanted now.
    pub(super) fn toggle(&mut self) -> bool {
        self.wanted = !self.wanted;
        self.wanted
    }

    /// Whether there is anything to show.
    pub(super) fn are_known(&self) -> bool {
        self.lines.iter().any(|line| !line.text.is_empty())
    }

    /// Whether they show.
    pub(super) fn are_shown(&self) -> bool {
        self.wanted && self.are_known()
    }

    /// The line that is sung: the last one that has begun.
    fn current(&self, position: Duration) -> Option<usize> {
        let begun = self.lines.iter().enumerate().filter_map(|(index, line)| {
            let at = line.at.filter(|at| *at <= position)?;
            Some((at, index))
        });
        begun.max().map(|(_, index)| index)
    }
}

/// Cover and words, side by side; in a narrow window one in the other's place.
#[derive(Clone, Debug)]
pub(super) struct Sheet {
    /// Both.
    pub(super) root: gtk::Box,
    /// The cover; in a narrow window the words take its place.
    pub(super) cover: gtk::Picture,
    scroller: gtk::ScrolledWindow,
    list: gtk::ListBox,
    glide: adw::TimedAnimation,
    lines: Rc<RefCell<Rc<[LyricLine]>>>,
    current: Rc<Cell<Option<usize>>>,
    narrow: Rc<Cell<bool>>,
    scrolled: Rc<Cell<Option<Instant>>>,
}

impl Sheet {
    /// An empty sheet; `go` is told the place of a line that was chosen.
    pub(super) fn new(go: impl Fn(Duration) + 'static) -> Self {
        let cover = layer("cover", gtk::ContentFit::Contain);
        cover.set_hexpand(true);
        cover.set_vexpand(true);
        let list = gtk::ListBox::builder()
            .name("lyrics")
            .selection_mode(gtk::SelectionMode::None)
            .valign(gtk::Align::Center)
            .build();
        list.update_property(&[gtk::accessible::Property::Label(&gettext("Lyrics"))]);
        let scroller = gtk::ScrolledWindow::builder()
            .hscrollbar_policy(gtk::PolicyType::Never)
            .vscrollbar_policy(gtk::PolicyType::External)
            .hexpand(true)
            .child(&list)
            .visible(false)
            .build();
        scroller.add_css_class("lyrics");
        let root = gtk::Box::builder().name("music").homogeneous(true).build();
        root.append(&cover);
        root.append(&scroller);
        let target = adw::PropertyAnimationTarget::new(&scroller.vadjustment(), "value");
        let glide = adw::TimedAnimation::new(&scroller, 0.0, 0.0, GLIDE, target);
        let sheet = Self {
            root,
            cover,
            scroller,
            list,
            glide,
            lines: Rc::default(),
            current: Rc::default(),
            narrow: Rc::default(),
            scrolled: Rc::default(),
        };
        sheet.follow_hand(go);
        sheet
    }

    fn follow_hand(&self, go: impl Fn(Duration) + 'static) {
        let lines = Rc::clone(&self.lines);
        let scrolled = Rc::clone(&self.scrolled);
        self.list.connect_row_activated(move |_, row| {
            let place = usize::try_from(row.index())
                .ok()
                .and_then(|index| lines.borrow().get(index)?.at);
            if let Some(place) = place {
                // Where the song goes, the list goes with it.
                scrolled.set(None);
                go(place);
            }
        });
        let wheel = gtk::EventControllerScroll::new(gtk::EventControllerScrollFlags::VERTICAL);
        // Before the list takes the turn of the wheel.
        wheel.set_propagation_phase(gtk::PropagationPhase::Capture);
        wheel.connect_scroll(glib::clone!(
            #[strong(rename_to = scrolled)]
            self.scrolled,
            #[strong(rename_to = glide)]
            self.glide,
            move |_, _, _| {
                scrolled.set(Some(Instant::now()));
                glide.pause();
                glib::Propagation::Proceed
            }
        ));
        self.scroller.add_controller(wheel);
    }

    /// The window has become narrow, or wide.
    pub(super) fn set_narrow(&self, narrow: bool) {
        self.narrow.set(narrow);
        self.arrange(self.scroller.is_visible());
    }

    fn arrange(&self, words: bool) {
        self.scroller.set_visible(words);
        self.cover.set_visible(!(words && self.narrow.get()));
    }

    /// Shows the words, the line that is sung in the middle.
    pub(super) fn show(&self, words: &Words, position: Duration, music: bool) {
        self.root.set_visible(music);
        self.arrange(words.are_shown());
        if !Rc::ptr_eq(&self.lines.borrow(), &words.lines) {
            self.fill(&words.lines);
        }
        let current = words.current(position);
        let before = self.current.replace(current);
        if before != current {
            self.mark(before, false);
            self.mark(current, true);
        }
        if words.are_shown() {
            self.follow(current);
        }
    }

    fn fill(&self, lines: &Rc<[LyricLine]>) {
        self.lines.replace(Rc::clone(lines));
        self.current.set(None);
        self.scrolled.set(None);
        self.list.remove_all();
        let timed = lines.iter().any(|line| line.at.is_some());
        for line in lines.iter() {
            self.list.append(&row(line, timed));
        }
        self.scroller.vadjustment().set_value(0.0);
    }

    fn row(&self, index: usize) -> Option<gtk::ListBoxRow> {
        self.list.row_at_index(i32::try_from(index).ok()?)
    }

    fn mark(&self, index: Option<usize>, sung: bool) {
        if let Some(row) = index.and_then(|index| self.row(index)) {
            if sung {
                row.add_css_class("sung");
            } else {
                row.remove_css_class("sung");
            }
        }
    }

    /// Brings a line into the middle, unless somebody reads elsewhere.
    fn follow(&self, current: Option<usize>) {
        let reads = self.scrolled.get();
        if reads.is_some_and(|since| since.elapsed() < READS) {
            return;
        }
        let row = current.and_then(|index| self.row(index));
        let Some(bounds) = row.and_then(|row| row.compute_bounds(&self.list)) else {
            return;
        };
        let adjustment = self.scroller.vadjustment();
        let most = (adjustment.upper() - adjustment.page_size()).max(0.0);
        let middle = f64::from(bounds.y() + bounds.height() / 2.0);
        let target = (middle - adjustment.page_size() / 2.0).clamp(0.0, most);
        let goes_there = self.glide.state() == adw::AnimationState::Playing
            && (self.glide.value_to() - target).abs() < NEAR;
        if goes_there || (adjustment.value() - target).abs() < NEAR {
            return;
        }
        self.glide.set_value_from(adjustment.value());
        self.glide.set_value_to(target);
        self.glide.play();
    }
}

/// One line. Only a timed one leads somewhere.
fn row(line: &LyricLine, timed: bool) -> gtk::ListBoxRow {
    // A pause that has its time is shown as one; between stanzas that nobody timed there is room.
    let text = match line.text.as_str() {
        "" if timed => "♪",
        text => text,
    };
    let label = gtk::Label::builder()
        .label(text)
        .xalign(0.0)
        .wrap(true)
        .wrap_mode(gtk::pango::WrapMode::WordChar)
        .build();
    let row = gtk::ListBoxRow::builder()
        .child(&label)
        .activatable(line.at.is_some())
        .focusable(line.at.is_some())
        .build();
    if !timed {
        row.add_css_class("untimed");
    }
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(at: Option<u64>, text: &str) -> LyricLine {
        LyricLine {
            at: at.map(Duration::from_secs),
            text: text.to_owned(),
        }
    }

    fn words(lines: &[(Option<u64>, &str)]) -> Words {
        let mut words = Words::new(true);
        words.put(lines.iter().map(|(at, text)| line(*at, text)).collect());
        words
    }

    #[test]
    fn the_line_that_is_sung_is_the_last_one_begun() {
        let words = words(&[(Some(2), "one"), (Some(4), ""), (Some(9), "two")]);
        let at = |seconds| words.current(Duration::from_secs(seconds));
        assert_eq!(
            [at(0), at(2), at(8), at(9)],
            [None, Some(0), Some(1), Some(2)]
        );
        assert_eq!(at(1000), Some(2));
    }

    #[test]
    fn lines_in_disorder_are_sung_in_their_time() {
        let words = words(&[(Some(9), "late"), (None, "(twice)"), (Some(2), "early")]);
        assert_eq!(words.current(Duration::from_secs(5)), Some(2));
        assert_eq!(words.current(Duration::from_secs(10)), Some(0));
    }

    #[test]
    fn words_that_nobody_timed_show_and_none_is_sung() {
        let words = words(&[(None, "one"), (None, "two")]);
        assert!(words.are_shown());
        assert_eq!(words.current(Duration::from_secs(5)), None);
    }

    #[test]
    fn nothing_but_silence_is_no_lyrics() {
        assert!(!words(&[]).are_known());
        assert!(!words(&[(Some(0), "")]).are_known());
    }

    #[test]
    fn more_than_a_song_is_cut() {
        let many = vec![(None, "la"); MOST + 1];
        assert_eq!(words(&many).lines.len(), MOST);
    }
}
