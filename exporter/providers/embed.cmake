# cmake -DOUTPUT=... -DFILES="a.toml b.toml" -P embed.cmake
# Writes the files of the providers as string literals, in order of their names.
include(${CMAKE_CURRENT_LIST_DIR}/../literal.cmake)

separate_arguments(FILES UNIX_COMMAND "${FILES}")
list(SORT FILES)
set(rows "")
set(count 0)
foreach(file IN LISTS FILES)
  get_filename_component(name ${file} NAME_WLE)
  literal(text ${file})
  string(APPEND rows "    {\"${name}\", ${text}},\n")
  math(EXPR count "${count} + 1")
endforeach()
file(WRITE ${OUTPUT} "#include <array>

#include \"exporter/providers/embedded.h\"
namespace authprobe::providers {
namespace {
constexpr std::array<File, ${count}> kFiles{{
${rows}}};
}  // namespace
std::span<const File> embedded() {
  return kFiles;
}
}  // namespace authprobe::providers
")
