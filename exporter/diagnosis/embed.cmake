# cmake -DOUTPUT=... -DWORDING="a.toml;b.toml" -DPHRASES=c.toml -DSIGNATURES="..." -P embed.cmake
# Writes the rule files as string literals.
include(${CMAKE_CURRENT_LIST_DIR}/../literal.cmake)

function(literals result)
  set(text "")
  foreach(file IN LISTS ARGN)
    literal(content ${file})
    string(APPEND text "    ${content}    ,\n")
  endforeach()
  set(${result} "${text}" PARENT_SCOPE)
endfunction()

separate_arguments(WORDING UNIX_COMMAND "${WORDING}")
separate_arguments(SIGNATURES UNIX_COMMAND "${SIGNATURES}")
literals(wording ${WORDING})
literal(phrases ${PHRASES})
literals(signatures ${SIGNATURES})
file(WRITE ${OUTPUT} "#include \"exporter/diagnosis/embedded.h\"
namespace authprobe::diagnosis {
std::vector<std::string_view> embedded_wording() {
  return {
${wording}  };
}
std::string_view embedded_phrases() {
  return ${phrases};
}
std::vector<std::string_view> embedded_signatures() {
  return {
${signatures}  };
}
}  // namespace authprobe::diagnosis
")
