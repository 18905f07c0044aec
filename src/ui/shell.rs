//! The frame: a split view with the sidebar, the pages of the content area and the offline banner. Nothing else.
//!
//! **Does not know** what the pages show: the app hands it their widgets.

/// The frame's widgets. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Shell {
    root: adw::NavigationPage,
    split: adw::NavigationSplitView,
    content: adw::NavigationView,
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
        Self {
            root,
            split,
            content,
        }
    }

    /// The page to put into the window.
    #[must_use]
    pub fn page(&self) -> &adw::NavigationPage {
        &self.root
    }

    /// The split view, for the window's breakpoint.
    #[must_use]
    pub fn split(&self) -> &adw::NavigationSplitView {
        &self.split
    }

    /// The content area's stack of pages.
    #[must_use]
    pub fn content(&self) -> &adw::NavigationView {
        &self.content
    }

    /// Makes `page` the only page of the content area.
    pub fn show_root(&self, page: &adw::NavigationPage) {
        self.content.replace(std::slice::from_ref(page));
        self.split.set_show_content(true);
    }

    /// Puts `page` above the current one.
    pub fn push(&self, page: &adw::NavigationPage) {
        self.content.push(page);
        self.split.set_show_content(true);
    }
}
