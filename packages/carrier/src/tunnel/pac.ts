/* The proxy auto-configuration file: everything goes through the tunnel, but what is on this machine. */

/**
 * The file's text. There is no `DIRECT` behind the proxy: when the tunnel is down, nothing goes around it.
 *
 * @param socksPort of the SOCKS5 listener on 127.0.0.1
 */
export function pacFile(socksPort: number): string {
  return `function FindProxyForURL(url, host) {
  if (host === "localhost" || host === "127.0.0.1" || host === "[::1]" || host === "::1" ||
      shExpMatch(host, "*.localhost")) return "DIRECT";
  return "SOCKS5 127.0.0.1:${socksPort}";
}
`;
}
