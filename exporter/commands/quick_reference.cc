#include "exporter/commands/quick_reference.h"

#include <ostream>

#include "exporter/commands/commands.h"
#include "exporter/diagnosis/reference.h"
#include "exporter/wire/text.h"

namespace authprobe::commands {

int list_topics(std::ostream& out) {
  out << "\n`help TOPIC` has help for " << diagnosis::reference_topics() << ".\n";
  return kExitOk;
}

int quick_reference(const std::string& topic, std::ostream& out, std::ostream& err) {
  const std::string_view text = diagnosis::reference_section(topic);
  if (text.empty()) {
    err << "no help for \"" << topic << "\": there is help for " << diagnosis::reference_topics() << '\n';
    return kExitCannot;
  }
  out << topic << "\n\n" << wire::trimmed(text) << '\n';
  return kExitOk;
}

}  // namespace authprobe::commands
