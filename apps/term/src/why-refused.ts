/* Why a station refused, in words, for the codes that people meet. */

/** Why a station says no, in words, for the codes that people meet. */
const WHY: Readonly<Record<string, string>> = {
  "station/bad-token": "the invite is no longer valid there; ask for a new one",
  "station/not-home": "this identity is not at home there",
  "station/quota": "the account has used up its space there",
  "station/not-allowed": "this is not allowed there",
  "station/region-refused":
    "the law of your region keeps this in the country, and it would have gone to a station in another",
  "client/unlogged-key":
    "the station shows you a key for tokens that its public log does not have; nothing is made with it",
  "station/unknown-identity": "it does not know this person",
  "wire/unknown-version": "it speaks another version of the protocol; update Chapar",
  "client/wrong-station": "another station answers at this address",
  "client/bad-proof": "another station answers at this address",
};

/** The reason in words for a station's refusal. */
export const whyRefused = (code: string | undefined): string => WHY[code ?? ""] ?? "docs/errors.md says what it means";
