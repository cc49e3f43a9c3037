//! The registries of the simulated world: which images exist, and what they do.
//!
//! [`Reference`] reads image names as Kubernetes and containerd do,
//! [`Catalogue`] finds the [`Image`] or says with containerd's words why it
//! cannot be pulled. Images are data: `catalogue.yaml` holds those that come
//! with Podyard, and a page's author declares more in the same format (see
//! [`Image::declared`]).

mod behaviour;
mod catalogue;
mod fields;
mod image;
mod reference;
mod tags;

pub use self::behaviour::{Behaviour, ErrorPages, LogFormat, Protocol, Route, Stop};
pub use self::catalogue::{Catalogue, PullCode, PullError};
pub use self::image::{Image, Servers};
pub use self::reference::Reference;
