/** Words of documents that several kinds have. */
export const CONSENT = {
  none: "nobody there is asked",
  notify: "people who are logged in there are told",
  ask: "people who are logged in there are asked first",
};
