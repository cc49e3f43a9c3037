//! What can stand in a picture, and what it is called.

use podyard_engine::view::{Id, PodHealth};

/// Names a shape of the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Key {
    /// Everything outside the cluster.
    Outside,
    /// The load balancer of a Service.
    Balancer(Id),
    /// A port of a node.
    Door(Id, u16),
    /// An object.
    Object(Id),
    /// Like Pods of one owner in one place, counted.
    Fold(Id, Id, PodHealth),
    /// An object, mentioned beside the workload that it is used by or acts on.
    Mention(Id, Id),
}

impl Key {
    /// The object that is chosen by it.
    pub(crate) fn object(self) -> Option<Id> {
        match self {
            Self::Outside => None,
            Self::Balancer(id)
            | Self::Door(id, _)
            | Self::Object(id)
            | Self::Fold(_, id, _)
            | Self::Mention(_, id) => Some(id),
        }
    }
}

/// A rectangle in CSS pixels.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Rect {
    /// Left edge.
    pub(crate) x: f64,
    /// Upper edge.
    pub(crate) y: f64,
    /// Width.
    pub(crate) width: f64,
    /// Height.
    pub(crate) height: f64,
}

impl Rect {
    /// The point in the middle.
    pub(crate) fn centre(self) -> (f64, f64) {
        (self.x + self.width / 2.0, self.y + self.height / 2.0)
    }

    /// The lower edge.
    pub(crate) fn bottom(self) -> f64 {
        self.y + self.height
    }

    /// The right edge.
    pub(crate) fn right(self) -> f64 {
        self.x + self.width
    }
}

/// What stands at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Shape {
    /// A machine.
    Node,
    /// A machine that carries nothing, as one line.
    Band,
    /// A Pod at one of several levels of detail.
    Pod(Detail),
    /// A Deployment or another workload nobody owns.
    Root,
    /// A ReplicaSet or another workload with an owner, as one line.
    Child,
    /// The same as a box with its Pods in it.
    Holder,
    /// A Service.
    Service,
    /// Everything outside the cluster.
    Outside,
    /// A load balancer.
    Balancer,
    /// A port of a node.
    Door,
    /// A count of like Pods.
    Fold,
    /// An object beside its user.
    Mention,
}

/// The kinds of shapes, whatever their detail. A shape that changes only its
/// detail stays the same element.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Family {
    /// A machine.
    Node,
    /// A Pod.
    Pod,
    /// A workload nobody owns.
    Root,
    /// A workload with an owner.
    Child,
    /// A Service.
    Service,
    /// Outside, a load balancer, or a port of a node.
    Gate,
    /// A count of like Pods.
    Fold,
    /// An object beside its user.
    Mention,
}

impl Shape {
    /// The kind of shape.
    pub(crate) fn family(self) -> Family {
        match self {
            Self::Node | Self::Band => Family::Node,
            Self::Pod(_) => Family::Pod,
            Self::Root => Family::Root,
            Self::Child | Self::Holder => Family::Child,
            Self::Service => Family::Service,
            Self::Outside | Self::Balancer | Self::Door => Family::Gate,
            Self::Fold => Family::Fold,
            Self::Mention => Family::Mention,
        }
    }
}

/// How much a Pod's tile can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Detail {
    /// Icon, end of the name, status, image.
    Rich,
    /// Icon, end of the name, status.
    Full,
    /// Icon and end of the name.
    Short,
    /// Icon alone.
    Icon,
}
