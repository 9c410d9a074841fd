// The Go client's own way to serve a fleet's series: reads a text exposition, makes each gauge and counter in it a member
// of a vector in the default registry, and serves them with promhttp until standard input ends.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
)

func labelsOf(metric *dto.Metric) prometheus.Labels {
	labels := prometheus.Labels{}
	for _, pair := range metric.GetLabel() {
		labels[pair.GetName()] = pair.GetValue()
	}
	return labels
}

func namesOf(labels prometheus.Labels) []string {
	names := []string{}
	for name := range labels {
		names = append(names, name)
	}
	return names
}

// add registers one family and returns how many series it has.
func add(registry *prometheus.Registry, family *dto.MetricFamily) int {
	name, metrics := family.GetName(), family.GetMetric()
	names := namesOf(labelsOf(metrics[0]))
	switch family.GetType() {
	case dto.MetricType_COUNTER:
		vector := prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: "help"}, names)
		registry.MustRegister(vector)
		for _, metric := range metrics {
			vector.With(labelsOf(metric)).Add(metric.GetCounter().GetValue())
		}
	case dto.MetricType_GAUGE:
		vector := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: "help"}, names)
		registry.MustRegister(vector)
		for _, metric := range metrics {
			vector.With(labelsOf(metric)).Set(metric.GetGauge().GetValue())
		}
	default:
		return 0
	}
	return len(metrics)
}

func read(registry *prometheus.Registry, path string) int {
	file, err := os.Open(path)
	if err != nil {
		log.Fatal(err)
	}
	defer file.Close()
	var parser expfmt.TextParser
	families, err := parser.TextToMetricFamilies(file)
	if err != nil {
		log.Fatal(err)
	}
	series := 0
	for _, family := range families {
		series += add(registry, family)
	}
	return series
}

func main() {
	if len(os.Args) != 2 {
		os.Exit(2)
	}
	registry := prometheus.NewRegistry()
	series := read(registry, os.Args[1])
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	http.Handle("/metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	go func() { log.Fatal(http.Serve(listener, nil)) }()
	ready, _ := json.Marshal(map[string]int{"port": listener.Addr().(*net.TCPAddr).Port, "series": series})
	fmt.Println(string(ready))
	io.Copy(io.Discard, os.Stdin)
}
