//! The page as somebody uses it: looks until something is there, presses keys, types.

use crate::browser::Browser;
use serde_json::{Value, json};

/// A page that is open.
pub(crate) struct Page(Browser);

impl Page {
    /// `None` without a browser.
    pub(crate) async fn open(url: &str) -> Option<Self> {
        Browser::open(url).await.map(Self)
    }

    /// Waits until an expression of the page is true.
    pub(crate) async fn until(&mut self, expression: &str) {
        let look = format!(
            "new Promise(seen => {{ const look = () => ({expression}) ? seen(true) : requestAnimationFrame(look); look(); }})"
        );
        self.0.evaluate(&look).await;
    }

    /// Waits until the text of an element is this.
    pub(crate) async fn reads(&mut self, selector: &str, text: &str) {
        let (selector, text) = (json!(selector), json!(text));
        self.until(&format!(
            "document.querySelector({selector})?.textContent === {text}"
        ))
        .await;
    }

    /// Presses the button, as somebody without a mouse does.
    pub(crate) async fn press(&mut self, selector: &str) {
        let selector = json!(selector);
        self.until(&format!(
            "document.querySelector({selector})?.disabled === false"
        ))
        .await;
        self.0
            .evaluate(&format!("document.querySelector({selector}).focus()"))
            .await;
        for kind in ["keyDown", "keyUp"] {
            let text = if kind == "keyDown" { "\r" } else { "" };
            let key = json!({"type": kind, "key": "Enter", "code": "Enter", "text": text, "windowsVirtualKeyCode": 13});
            self.0.call("Input.dispatchKeyEvent", key).await;
        }
    }

    /// Chooses a radio button.
    pub(crate) async fn choose(&mut self, value: &str) {
        let selector = format!("[value={value}]");
        self.until(&format!("document.querySelector({})", json!(selector)))
            .await;
        self.0
            .evaluate(&format!(
                "document.querySelector({}).click()",
                json!(selector)
            ))
            .await;
    }

    /// Types into the field of that name.
    pub(crate) async fn fill(&mut self, name: &str, text: &str) {
        let field = json!(format!("[name={name}]"));
        self.0
            .evaluate(&format!("document.querySelector({field}).focus()"))
            .await;
        let typed = json!({"text": text});
        self.0.call("Input.insertText", typed).await;
    }

    /// The roles of what can be used but has no name that a screen reader could say.
    pub(crate) async fn nameless(&mut self) -> Vec<Value> {
        const USABLE: [&str; 6] = ["button", "combobox", "link", "radio", "textbox", "img"];
        let tree = self.0.call("Accessibility.getFullAXTree", json!({})).await;
        let nodes = tree["nodes"].as_array().unwrap().iter();
        let usable = nodes.filter(|node| {
            let role = node["role"]["value"].as_str().unwrap_or_default();
            node["ignored"] == false && USABLE.contains(&role)
        });
        let nameless = usable.filter(|node| {
            let name = node["name"]["value"].as_str().unwrap_or_default();
            name.trim().is_empty()
        });
        nameless.cloned().collect()
    }

    /// How wide the page is on a screen this wide.
    pub(crate) async fn width_on(&mut self, width: u32) -> Value {
        let screen = json!({"width": width, "height": 800, "deviceScaleFactor": 2, "mobile": true});
        self.0
            .call("Emulation.setDeviceMetricsOverride", screen)
            .await;
        self.0
            .evaluate("document.documentElement.scrollWidth")
            .await
    }

    /// What stands on the console so far.
    pub(crate) fn complaints(&self) -> &[Value] {
        self.0.complaints()
    }
}
