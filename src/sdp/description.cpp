#include "sdp/description.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "sdp/text.hpp"

namespace parlor::sdp {
namespace {

constexpr std::string_view kProtocol = "UDP/DTLS/SCTP";
constexpr std::size_t kLongestWord = 256;
/// Of an m= line together: 128 payload types of RTP take half of it.
constexpr std::size_t kLongestFormats = 1024;

/// What may stand in the session part and in the m= section; the section's holds.
struct Shared {
  std::optional<std::string_view> ufrag;
  std::optional<std::string_view> password;
  std::vector<Fingerprint> fingerprints;
  std::optional<std::string_view> setup;
  std::string_view ice_options;
};

struct Section {
  std::string_view kind;
  std::string_view port;
  std::string_view protocol;
  std::string_view formats;
  std::string_view mid;
  bool bundle_only = false;
  Shared shared;
  std::optional<std::string_view> sctp_port;
  std::optional<std::string_view> max_message_size;
  std::optional<std::string_view> sctp_init;
  std::vector<std::string_view> candidates;
  bool end_of_candidates = false;
};

std::optional<std::byte> hex_byte(std::string_view two) {
  unsigned value = 0;
  if (two.size() != 2) return std::nullopt;
  const auto [stopped, error] = std::from_chars(two.data(), two.data() + 2, value, 16);
  if (error != std::errc() || stopped != two.data() + 2) return std::nullopt;
  return static_cast<std::byte>(value);
}

/// "sha-256 AB:CD:…" (RFC 8122 §5).
std::optional<Fingerprint> parse_fingerprint(std::string_view text) {
  if (!same_word(take_until(text, ' '), "sha-256")) return std::nullopt;
  Fingerprint fingerprint{};
  for (std::byte& byte : fingerprint) {
    const auto value = hex_byte(take_until(text, ':'));
    if (!value) return std::nullopt;
    byte = *value;
  }
  return text.empty() ? std::optional(fingerprint) : std::nullopt;
}

bool has_word(std::string_view words, std::string_view wanted) {
  while (!words.empty()) {
    if (take_until(words, ' ') == wanted) return true;
  }
  return false;
}

void read_shared(std::string_view name, std::string_view value, Shared& shared) {
  if (name == "ice-ufrag") {
    shared.ufrag = value;
  } else if (name == "ice-pwd") {
    shared.password = value;
  } else if (name == "setup") {
    shared.setup = value;
  } else if (name == "ice-options") {
    shared.ice_options = value;
  } else if (name == "fingerprint" && shared.fingerprints.size() < kMostFingerprints) {
    if (const auto fingerprint = parse_fingerprint(value)) shared.fingerprints.push_back(*fingerprint);
  }
}

void read_attribute(std::string_view line, Section& section) {
  const std::string_view name = take_until(line, ':');
  read_shared(name, line, section.shared);
  if (name == "mid") {
    section.mid = line;
  } else if (name == "bundle-only") {
    section.bundle_only = true;
  } else if (name == "sctp-port") {
    section.sctp_port = line;
  } else if (name == "max-message-size") {
    section.max_message_size = line;
  } else if (name == "sctp-init") {
    section.sctp_init = line;
  } else if (name == "end-of-candidates") {
    section.end_of_candidates = true;
  }
}

bool is_data(const Section& section) {
  return section.kind == "application" && section.protocol == kProtocol &&
         section.formats == "webrtc-datachannel";
}

/// Whether what an answer says of it, too, may be said: others have to read that, and a server that passes it
/// on takes UTF-8 alone.
bool can_be_repeated(const Section& section) {
  return is_token(section.kind, kLongestWord) && is_token(section.protocol, kLongestWord, '/') &&
         is_token(section.formats, kLongestFormats, ' ') &&
         (section.mid.empty() || is_token(section.mid, kLongestWord));
}

/// What is told of the whole session holds where the section does not say its own.
Shared merged(Shared own, const Shared& session) {
  if (!own.ufrag || !own.password) {
    own.ufrag = session.ufrag;
    own.password = session.password;
  }
  if (own.fingerprints.empty()) own.fingerprints = session.fingerprints;
  if (!own.setup) own.setup = session.setup;
  if (own.ice_options.empty()) own.ice_options = session.ice_options;
  return own;
}

std::optional<ParseError> take_data(const Section& section, const Shared& session, Description& description) {
  const Shared shared = merged(section.shared, session);
  description.mid = section.mid;
  description.rejected = section.port == "0" && !section.bundle_only;
  if (description.rejected) return std::nullopt;
  if (!shared.ufrag || !shared.password || !is_ice_text(*shared.ufrag, 4, 256) ||
      !is_ice_text(*shared.password, 22, 256))
    return ParseError::bad_credentials;
  description.ufrag = *shared.ufrag;
  description.password = *shared.password;
  if (shared.fingerprints.empty()) return ParseError::no_fingerprint;
  description.fingerprints = shared.fingerprints;
  const std::string_view setup = shared.setup.value_or("");
  if (setup == "actpass") {
    description.setup = Setup::actpass;
  } else if (setup == "active") {
    description.setup = Setup::active;
  } else if (setup == "passive") {
    description.setup = Setup::passive;
  } else {
    return ParseError::bad_setup;
  }
  description.trickle = has_word(shared.ice_options, "trickle");
  const auto port = number(section.sctp_port.value_or(""), 0xffff);
  if (!port || *port == 0) return ParseError::bad_port;
  description.sctp_port = static_cast<std::uint16_t>(*port);
  if (section.max_message_size)
    description.max_message_size =
        number(*section.max_message_size, UINT64_MAX).value_or(description.max_message_size);
  if (section.sctp_init) description.sctp_init = base::from_base64(*section.sctp_init);
  for (const std::string_view line : section.candidates) {
    if (auto candidate = parse_candidate(line)) description.candidates.push_back(std::move(*candidate));
  }
  description.end_of_candidates = section.end_of_candidates;
  return std::nullopt;
}

}  // namespace

std::string_view to_string(ParseError error) {
  switch (error) {
    case ParseError::too_long:
      return "The description is longer than 64 KiB.";
    case ParseError::not_sdp:
      return "That is no session description: it does not begin with v=0.";
    case ParseError::no_data_channel:
      return "The description has no data channel (m=application … UDP/DTLS/SCTP webrtc-datachannel).";
    case ParseError::bad_credentials:
      return "The description has no ice-ufrag and ice-pwd of the right length.";
    case ParseError::no_fingerprint:
      return "The description has no SHA-256 fingerprint of a certificate.";
    case ParseError::bad_setup:
      return "The description does not say who begins the DTLS handshake (a=setup).";
    case ParseError::bad_port:
      return "The description has no sctp-port; older forms are not supported.";
    case ParseError::too_many_media:
      return "The description has more than 32 m= lines.";
    case ParseError::bad_word:
      return "An m= line or an a=mid of the description is too long, or has characters that may not be "
             "there.";
  }
  return "";
}

base::Result<Description, ParseError> parse(std::string_view text) {
  if (text.size() > kLongestDescription) return base::Unexpected{ParseError::too_long};
  Description description;
  Shared session;
  std::optional<Section> section;
  std::optional<Section> data;
  std::size_t media = 0;
  const auto end_section = [&] {
    if (!section) return true;
    if (!can_be_repeated(*section)) return false;
    if (!data && is_data(*section)) {
      description.position = description.others.size();
      data = std::move(section);
    } else {
      description.others.push_back({std::string(section->kind), std::string(section->protocol),
                                    std::string(section->formats), std::string(section->mid)});
    }
    return true;
  };
  bool first = true;
  while (!text.empty()) {
    std::string_view line = take_until(text, '\n');
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (std::exchange(first, false) && line != "v=0") return base::Unexpected{ParseError::not_sdp};
    if (take_prefix(line, "m=")) {
      if (++media > kMostMedia) return base::Unexpected{ParseError::too_many_media};
      if (!end_section()) return base::Unexpected{ParseError::bad_word};
      section.emplace();
      section->kind = take_until(line, ' ');
      section->port = take_until(line, ' ');
      section->protocol = take_until(line, ' ');
      section->formats = line;
    } else if (!section && take_prefix(line, "o=")) {
      (void)take_until(line, ' ');
      const std::string_view id = take_until(line, ' ');
      if (number(id, UINT64_MAX)) description.session_id = id;
      description.version = number(take_until(line, ' '), UINT64_MAX).value_or(0);
    } else if (take_prefix(line, "a=")) {
      if (line == "ice-lite") description.lite = true;
      if (line.starts_with("candidate:")) {
        if (section && section->candidates.size() < kMostCandidates) section->candidates.push_back(line);
      } else if (section) {
        read_attribute(line, *section);
      } else {
        const std::string_view name = take_until(line, ':');
        read_shared(name, line, session);
        if (name == "x-parlor-offer" && is_ice_text(line, 4, 256)) description.answered_ufrag = line;
      }
    }
  }
  if (first) return base::Unexpected{ParseError::not_sdp};
  if (!end_section()) return base::Unexpected{ParseError::bad_word};
  if (!data) return base::Unexpected{ParseError::no_data_channel};
  if (const auto error = take_data(*data, session, description)) return base::Unexpected{*error};
  return description;
}

namespace {

std::string hex_of(const Fingerprint& fingerprint) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string text;
  for (const std::byte byte : fingerprint) {
    if (!text.empty()) text += ':';
    text += kDigits[std::to_integer<unsigned>(byte) >> 4];
    text += kDigits[std::to_integer<unsigned>(byte) & 15];
  }
  return text;
}

std::string_view word_of(Setup setup) {
  return setup == Setup::active ? "active" : setup == Setup::passive ? "passive" : "actpass";
}

void write_data(const Description& description, std::string& text) {
  const auto line = [&text](std::string_view a, std::string_view b = {}) {
    text.append(a).append(b).append("\r\n");
  };
  // Port 9: the candidates say where (RFC 8839 §4.2.1.3).
  line(description.rejected ? "m=application 0 UDP/DTLS/SCTP webrtc-datachannel"
                            : "m=application 9 UDP/DTLS/SCTP webrtc-datachannel");
  line("c=IN IP4 0.0.0.0");
  line("a=mid:", description.mid);
  if (description.rejected) return;
  for (const Candidate& candidate : description.candidates) line("a=", write_candidate(candidate));
  if (description.end_of_candidates) line("a=end-of-candidates");
  line("a=ice-ufrag:", description.ufrag);
  line("a=ice-pwd:", description.password);
  line("a=ice-options:", description.trickle ? "ice2 trickle" : "ice2");
  for (const Fingerprint& fingerprint : description.fingerprints)
    line("a=fingerprint:sha-256 ", hex_of(fingerprint));
  line("a=setup:", word_of(description.setup));
  line("a=sctp-port:", std::to_string(description.sctp_port));
  line("a=max-message-size:", std::to_string(description.max_message_size));
  if (description.sctp_init) line("a=sctp-init:", base::to_base64(*description.sctp_init));
}

}  // namespace

std::string write(const Description& description) {
  std::string text = "v=0\r\no=- " + description.session_id + ' ' + std::to_string(description.version) +
                     " IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n";
  if (!description.rejected) text += "a=group:BUNDLE " + description.mid + "\r\n";
  if (description.lite) text += "a=ice-lite\r\n";
  if (!description.answered_ufrag.empty()) text += "a=x-parlor-offer:" + description.answered_ufrag + "\r\n";
  for (std::size_t i = 0; i <= description.others.size(); ++i) {
    if (i == std::min(description.position, description.others.size())) write_data(description, text);
    if (i == description.others.size()) break;
    const auto& other = description.others[i];
    text += "m=" + other.kind + " 0 " + other.protocol + ' ' + other.formats + "\r\nc=IN IP4 0.0.0.0\r\n";
    if (!other.mid.empty()) text += "a=mid:" + other.mid + "\r\n";
  }
  return text;
}

}  // namespace parlor::sdp
