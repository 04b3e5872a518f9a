//! The report as one HTML file that needs nothing else: no network, no fonts, no inline `style` attribute, and a content
//! security policy that allows exactly the one style and the one script it carries.

mod banner;
mod critical_path;
mod data;
mod escape;
mod frame;
mod instances;
mod page;
mod plot;
mod scale;
mod tables;
