//! Reviews: questions to the API server about who someone is and what they
//! may do. They are answered, never stored. Sources:
//! `pkg/registry/authorization` and `pkg/registry/authentication`.

use super::Kind;

const AUTHORIZATION: Kind =
    Kind { group: "authorization.k8s.io", namespaced: false, verbs: &["create"], ..Kind::BASE };
const AUTHENTICATION: Kind = Kind { group: "authentication.k8s.io", ..AUTHORIZATION };

/// The row of SelfSubjectReview: who am I?
pub static SELF_SUBJECT: Kind = Kind {
    kind: "SelfSubjectReview",
    plural: "selfsubjectreviews",
    singular: "selfsubjectreview",
    schema: "io.k8s.api.authentication.v1.SelfSubjectReview",
    ..AUTHENTICATION
};

/// The row of TokenReview: whose token is this?
pub static TOKEN: Kind = Kind {
    kind: "TokenReview",
    plural: "tokenreviews",
    singular: "tokenreview",
    schema: "io.k8s.api.authentication.v1.TokenReview",
    ..AUTHENTICATION
};

/// The row of LocalSubjectAccessReview: may someone do this in a namespace?
pub static LOCAL_ACCESS: Kind = Kind {
    kind: "LocalSubjectAccessReview",
    plural: "localsubjectaccessreviews",
    singular: "localsubjectaccessreview",
    namespaced: true,
    schema: "io.k8s.api.authorization.v1.LocalSubjectAccessReview",
    ..AUTHORIZATION
};

/// The row of SelfSubjectAccessReview: may I do this?
pub static SELF_ACCESS: Kind = Kind {
    kind: "SelfSubjectAccessReview",
    plural: "selfsubjectaccessreviews",
    singular: "selfsubjectaccessreview",
    schema: "io.k8s.api.authorization.v1.SelfSubjectAccessReview",
    ..AUTHORIZATION
};

/// The row of SelfSubjectRulesReview: what may I do?
pub static SELF_RULES: Kind = Kind {
    kind: "SelfSubjectRulesReview",
    plural: "selfsubjectrulesreviews",
    singular: "selfsubjectrulesreview",
    schema: "io.k8s.api.authorization.v1.SelfSubjectRulesReview",
    ..AUTHORIZATION
};

/// The row of SubjectAccessReview: may someone do this?
pub static ACCESS: Kind = Kind {
    kind: "SubjectAccessReview",
    plural: "subjectaccessreviews",
    singular: "subjectaccessreview",
    schema: "io.k8s.api.authorization.v1.SubjectAccessReview",
    ..AUTHORIZATION
};
