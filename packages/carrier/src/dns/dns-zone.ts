/*
 * What a name server says that serves one zone and nothing else (RFC 1034 §4.3.2, RFC 2308 §3): SOA and NS of the zone, the address of
 * its name server, NXDOMAIN for every other name below, REFUSED for what is not its own. Links are told apart before this; whoever is
 * none of them meets what any small zone says, and learns nothing.
 */
import { ByteWriter, concatBytes } from "@chapar/wire/bytes";
import {
  DNS_CODE,
  DNS_TYPE,
  nameData,
  type DnsAnswer,
  type DnsMessage,
  type DnsName,
  type DnsRecord,
} from "./dns-message.ts";
import { belowDomain } from "./dns-names.ts";

const CLASS_IN = 1;
const ZONE_TTL_S = 3600;
/** How long a name may be remembered as not there (RFC 2308 §4). Names of links never come again. */
const NEGATIVE_TTL_S = 300;
const SERIAL = 1;
const REFRESH_S = 7200;
const RETRY_S = 1800;
const EXPIRE_S = 1_209_600;
const SERVER_LABEL = "ns";
const PERSON_LABEL = "hostmaster";

/** What a zone tells. */
export interface DnsZoneOptions {
  readonly domain: DnsName;
  /** IPv4 address of its name server, four bytes; without it the name has none */
  readonly address?: Uint8Array | undefined;
}

/** A zone of one domain. */
export class DnsZone {
  readonly domain: DnsName;
  readonly #address: Uint8Array | undefined;
  readonly #soa: DnsRecord;
  readonly #ns: DnsRecord;

  constructor({ domain, address }: DnsZoneOptions) {
    this.domain = domain;
    this.#address = address;
    const server = nameData([SERVER_LABEL, ...domain]);
    const times = new ByteWriter(20).u32(SERIAL).u32(REFRESH_S).u32(RETRY_S).u32(EXPIRE_S).u32(NEGATIVE_TTL_S);
    const data = concatBytes(server, nameData([PERSON_LABEL, ...domain]), times.take());
    this.#soa = { name: domain, type: DNS_TYPE.soa, ttlSeconds: ZONE_TTL_S, data };
    this.#ns = { name: domain, type: DNS_TYPE.ns, ttlSeconds: ZONE_TTL_S, data: server };
  }

  /** Why a query is answered without looking at its name; undefined when it is to be looked at. */
  refusal({ opcode, question, ednsVersion }: DnsMessage): DnsAnswer | undefined {
    const refuse = (code: number): DnsAnswer => ({ code, isAuthoritative: false });
    if (opcode !== 0) return refuse(DNS_CODE.notImplemented);
    if (question === undefined) return refuse(DNS_CODE.formError);
    if (ednsVersion !== undefined && ednsVersion > 0) return refuse(DNS_CODE.badVersion);
    const isOurs = question.classCode === CLASS_IN && belowDomain(question.name, this.domain) !== undefined;
    return isOurs ? undefined : refuse(DNS_CODE.refused);
  }

  /** What anybody is told about a name of this zone. */
  answer(name: DnsName, type: number): DnsAnswer {
    const below = belowDomain(name, this.domain) ?? [];
    if (below.length === 0) {
      const own = [this.#soa, this.#ns].filter((record) => record.type === type || type === DNS_TYPE.any);
      return this.#found(own.map((record) => ({ ...record, name })));
    }
    if (below.length > 1 || below[0]?.toLowerCase() !== SERVER_LABEL) return this.#negative(DNS_CODE.noName);
    const isAsked = type === DNS_TYPE.a || type === DNS_TYPE.any;
    const address = isAsked ? this.#address : undefined;
    return this.#found(
      address === undefined ? [] : [{ name, type: DNS_TYPE.a, ttlSeconds: ZONE_TTL_S, data: address }],
    );
  }

  #found(answers: readonly DnsRecord[]): DnsAnswer {
    if (answers.length === 0) return this.#negative(DNS_CODE.ok);
    return { code: DNS_CODE.ok, isAuthoritative: true, answers };
  }

  /** RFC 2308 §5: the SOA says for how long; its own lifetime is then no longer than that. */
  #negative(code: number): DnsAnswer {
    return { code, isAuthoritative: true, authorities: [{ ...this.#soa, ttlSeconds: NEGATIVE_TTL_S }] };
  }
}
