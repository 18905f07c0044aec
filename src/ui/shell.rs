//! The frame: a split view with the sidebar, the pages of the content area and the offline banner. Nothing else.
//!
//! **Does not know** what the pages show: the app hands it their widgets.

mod sidebar;

use adw::prelude::*;

use crate::i18n::gettext;

pub use sidebar::{Place, Sidebar, SidebarInput, SidebarOutput};

/// Below this width the sidebar and the pages take turns.
const NARROW: f64 = 720.0;

/// The frame's widgets. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Shell {
    root: adw::NavigationPage,
    split: adw::NavigationSplitView,
    content: adw::NavigationView,
    /// Never shown itself: every page has a banner of its own that follows this one.
    offline: adw::Banner,
}

impl Shell {
    /// An empty frame around a sidebar.
    #[must_use]
    pub fn new(sidebar: &adw::NavigationPage) -> Self {
        let content = adw::NavigationView::new();
        let split = adw::NavigationSplitView::builder()
            .sidebar(sidebar)
            .content(&adw::NavigationPage::new(&content, "Spool"))
            .min_sidebar_width(220.0)
            .max_sidebar_width(280.0)
            .build();
        let root = adw::NavigationPage::builder()
            .child(&split)
            .title("Spool")
            .tag("main")
            .build();
        let offline = adw::Banner::new(&gettext("Offline. Showing what is on this device"));
        offline.set_button_label(Some(&gettext("_Retry")));
        Self {
            root,
            split,
            content,
            offline,
        }
    }

    /// The page to put into the window.
    #[must_use]
    pub fn page(&self) -> &adw::NavigationPage {
        &self.root
    }

    /// The content area's stack of pages.
    #[must_use]
    pub fn content(&self) -> &adw::NavigationView {
        &self.content
    }

    /// Lets the sidebar and the pages take turns in a narrow window.
    pub fn adapt(&self, window: &adw::ApplicationWindow) {
        let narrow = adw::BreakpointCondition::new_length(
            adw::BreakpointConditionLengthType::MaxWidth,
            NARROW,
            adw::LengthUnit::Sp,
        );
        let breakpoint = adw::Breakpoint::new(narrow);
        breakpoint.add_setter(&self.split, "collapsed", Some(&true.to_value()));
        window.add_breakpoint(breakpoint);
    }

    /// Gives a page its offline banner, below its own header bar.
    pub fn adopt(&self, page: &adw::NavigationPage, on_retry: impl Fn() + 'static) {
        let Some(view) = page.child().and_downcast::<adw::ToolbarView>() else {
            tracing::warn!(title = %page.title(), "a page without a toolbar view has no offline banner");
            return;
        };
        let banner = adw::Banner::new(&self.offline.title());
        banner.set_button_label(self.offline.button_label().as_deref());
        banner.connect_button_clicked(move |_| on_retry());
        // Invisible as well as folded: a screen reader would name a folded one.
        for property in ["revealed", "visible"] {
            self.offline
                .bind_property("revealed", &banner, property)
                .sync_create()
                .build();
        }
        view.add_top_bar(&banner);
    }

    /// Says on every page that there is no network, or not.
    pub fn set_offline(&self, offline: bool) {
        self.offline.set_revealed(offline);
    }

    /// Whether the pages say that there is no network.
    #[must_use]
    pub fn is_offline(&self) -> bool {
        self.offline.is_revealed()
    }

    /// Makes `page` the only page of the content area.
    pub fn show_root(&self, page: &adw::NavigationPage) {
        self.content.replace(std::slice::from_ref(page));
    }

    /// Puts `page` above the current one.
    pub fn push(&self, page: &adw::NavigationPage) {
        self.content.push(page);
        self.reveal_content();
    }

    /// In a narrow window: shows the pages rather than the sidebar.
    pub fn reveal_content(&self) {
        self.split.set_show_content(true);
    }

    /// Goes one page back. `false`: there is none.
    #[must_use]
    pub fn back(&self) -> bool {
        if self.content.pop() {
            return true;
        }
        let leaves = self.split.is_collapsed() && self.split.shows_content();
        if leaves {
            self.split.set_show_content(false);
        }
        leaves
    }
}
