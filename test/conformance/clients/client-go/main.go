// What programs do with client-go: typed clients over protobuf, informers that list by a watch, informers of kinds that are known
// by name only, and the election of a leader. Prints one JSON document of what it saw, for client-go.test.ts.
//
//	client-go KUBECONFIG NAMESPACE [ACCEPT]
//
// With ACCEPT its typed clients and their informers take answers of these types only, and the others rest.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"sort"
	"strings"
	"sync"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	corev1apply "k8s.io/client-go/applyconfigurations/core/v1"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/dynamic/dynamicinformer"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
	"k8s.io/client-go/util/retry"
)

var (
	ctx       = context.Background()
	namespace = os.Args[2]
	seen      = map[string]any{}
)

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func ok(err error) {
	if err != nil {
		panic(err)
	}
}

// The content types of answers and the questions of watches, as they go over the wire.
type recorder struct {
	sync.Mutex
	next    http.RoundTripper
	types   map[string]bool
	watches []string
}

func (r *recorder) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := r.next.RoundTrip(request)
	r.Lock()
	defer r.Unlock()
	if err == nil {
		r.types[request.Method+" "+response.Header.Get("Content-Type")] = true
	}
	if request.URL.Query().Get("watch") != "" {
		r.watches = append(r.watches, request.URL.Query().Get("sendInitialEvents"))
	}
	return response, err
}

func typed(config *rest.Config) {
	config = rest.CopyConfig(config)
	config.ContentType = "application/vnd.kubernetes.protobuf"
	wire := &recorder{types: map[string]bool{}}
	config.Wrap(func(next http.RoundTripper) http.RoundTripper { wire.next = next; return wire })
	client := must(kubernetes.NewForConfig(config))
	maps := client.CoreV1().ConfigMaps(namespace)
	made := must(maps.Create(ctx, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "typed"}, Data: map[string]string{"a": "1"}, BinaryData: map[string][]byte{"b": {0, 255}}}, metav1.CreateOptions{}))
	_, err := maps.Create(ctx, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "typed"}}, metav1.CreateOptions{})
	seen["alreadyExists"] = apierrors.IsAlreadyExists(err)
	old := made.DeepCopy()
	made.Data["a"] = "2"
	made = must(maps.Update(ctx, made, metav1.UpdateOptions{}))
	_, err = maps.Update(ctx, old, metav1.UpdateOptions{})
	seen["conflict"] = apierrors.IsConflict(err)
	must(maps.Patch(ctx, "typed", types.StrategicMergePatchType, []byte(`{"data":{"c":"3"}}`), metav1.PatchOptions{}))
	must(maps.Apply(ctx, corev1apply.ConfigMap("typed", namespace).WithData(map[string]string{"d": "4"}), metav1.ApplyOptions{FieldManager: "go"}))
	read := must(maps.Get(ctx, "typed", metav1.GetOptions{}))
	seen["data"] = read.Data
	seen["binary"] = read.BinaryData["b"]

	deployments := client.AppsV1().Deployments(namespace)
	var none int32
	template := corev1.PodTemplateSpec{
		ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"app": "web"}},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "web", Image: "oo-test/web-a"}}},
	}
	must(deployments.Create(ctx, &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: "web"},
		Spec:       appsv1.DeploymentSpec{Replicas: &none, Selector: &metav1.LabelSelector{MatchLabels: template.Labels}, Template: template},
	}, metav1.CreateOptions{}))
	ok(retry.RetryOnConflict(retry.DefaultRetry, func() error {
		scale := must(deployments.GetScale(ctx, "web", metav1.GetOptions{}))
		scale.Spec.Replicas = 0
		_, err := deployments.UpdateScale(ctx, "web", scale, metav1.UpdateOptions{})
		return err
	}))
	seen["strategy"] = must(deployments.Get(ctx, "web", metav1.GetOptions{})).Spec.Strategy.Type
	page := must(maps.List(ctx, metav1.ListOptions{Limit: 1}))
	seen["pages"] = page.Continue != "" && len(page.Items) == 1
	ok(maps.Delete(ctx, "typed", *metav1.NewPreconditionDeleteOptions(string(read.UID))))
	_, err = maps.Get(ctx, "typed", metav1.GetOptions{})
	seen["notFound"] = apierrors.IsNotFound(err)
	answers := []string{}
	for each := range wire.types {
		answers = append(answers, each)
	}
	sort.Strings(answers)
	seen["answers"] = answers
}

// Notes "add one" and its like, in their order.
type notes struct {
	sync.Mutex
	lines []string
}

func (n *notes) handler() cache.ResourceEventHandler {
	note := func(verb string, object any) {
		name := must(cache.DeletionHandlingMetaNamespaceKeyFunc(object))
		if strings.HasSuffix(name, "kube-root-ca.crt") {
			return
		}
		n.Lock()
		defer n.Unlock()
		n.lines = append(n.lines, verb+" "+strings.TrimPrefix(name, namespace+"/"))
	}
	return cache.ResourceEventHandlerFuncs{
		AddFunc:    func(object any) { note("add", object) },
		UpdateFunc: func(_, object any) { note("update", object) },
		DeleteFunc: func(object any) { note("delete", object) },
	}
}

func (n *notes) wait(count int) []string {
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		n.Lock()
		lines := append([]string{}, n.lines...)
		n.Unlock()
		if len(lines) >= count || time.Now().After(deadline) {
			return lines
		}
	}
}

func informed(config *rest.Config) {
	config = rest.CopyConfig(config)
	wire := &recorder{types: map[string]bool{}}
	config.Wrap(func(next http.RoundTripper) http.RoundTripper { wire.next = next; return wire })
	client := must(kubernetes.NewForConfig(config))
	maps := client.CoreV1().ConfigMaps(namespace)
	must(maps.Create(ctx, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "one"}}, metav1.CreateOptions{}))
	factory := informers.NewSharedInformerFactoryWithOptions(client, 0, informers.WithNamespace(namespace))
	heard := &notes{}
	informer := factory.Core().V1().ConfigMaps()
	must(informer.Informer().AddEventHandler(heard.handler()))
	stop := make(chan struct{})
	defer close(stop)
	factory.Start(stop)
	factory.WaitForCacheSync(stop)
	heard.wait(1)
	two := must(maps.Create(ctx, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "two"}}, metav1.CreateOptions{}))
	heard.wait(2)
	two.Data = map[string]string{"a": "1"}
	must(maps.Update(ctx, two, metav1.UpdateOptions{}))
	heard.wait(3)
	ok(maps.Delete(ctx, "one", metav1.DeleteOptions{}))
	seen["informed"] = heard.wait(4)
	seen["lister"] = must(informer.Lister().ConfigMaps(namespace).Get("two")).Data
	wire.Lock()
	seen["watchList"] = len(wire.watches) > 0 && wire.watches[0] == "true"
	for each := range wire.types {
		if strings.HasSuffix(each, ";stream=watch") {
			seen["watched"] = each
		}
	}
	wire.Unlock()
}

func dynamically(config *rest.Config) {
	client := must(dynamic.NewForConfig(config))
	widgets := schema.GroupVersionResource{Group: namespace + ".example.com", Version: "v1", Resource: "widgets"}
	factory := dynamicinformer.NewFilteredDynamicSharedInformerFactory(client, 0, namespace, nil)
	heard := &notes{}
	must(factory.ForResource(widgets).Informer().AddEventHandler(heard.handler()))
	stop := make(chan struct{})
	defer close(stop)
	factory.Start(stop)
	factory.WaitForCacheSync(stop)
	widget := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": widgets.Group + "/v1", "kind": "Widget", "metadata": map[string]any{"name": "w"}, "spec": map[string]any{"size": int64(3)},
	}}
	made := must(client.Resource(widgets).Namespace(namespace).Create(ctx, widget, metav1.CreateOptions{}))
	seen["widget"] = made.Object["spec"]
	heard.wait(1)
	ok(client.Resource(widgets).Namespace(namespace).Delete(ctx, "w", metav1.DeleteOptions{}))
	seen["dynamic"] = heard.wait(2)
	partial := must(metadata.NewForConfig(config))
	list := must(partial.Resource(schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "deployments"}).Namespace(namespace).List(ctx, metav1.ListOptions{}))
	seen["metadata"] = list.Items[0].Name
}

func elected(config *rest.Config) {
	client := must(kubernetes.NewForConfig(config))
	heard := &notes{}
	run := func(ctx context.Context, name string) {
		lock := &resourcelock.LeaseLock{
			LeaseMeta:  metav1.ObjectMeta{Name: "leader", Namespace: namespace},
			Client:     client.CoordinationV1(),
			LockConfig: resourcelock.ResourceLockConfig{Identity: name},
		}
		leaderelection.RunOrDie(ctx, leaderelection.LeaderElectionConfig{
			Lock: lock, ReleaseOnCancel: true, LeaseDuration: 5 * time.Second, RenewDeadline: 3 * time.Second, RetryPeriod: 200 * time.Millisecond,
			Callbacks: leaderelection.LeaderCallbacks{
				OnStartedLeading: func(context.Context) { heard.Lock(); heard.lines = append(heard.lines, name+" leads"); heard.Unlock() },
				OnStoppedLeading: func() { heard.Lock(); heard.lines = append(heard.lines, name+" is through"); heard.Unlock() },
			},
		})
	}
	first, leave := context.WithCancel(ctx)
	go run(first, "ann")
	heard.wait(1)
	second, end := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() { run(second, "ben"); close(done) }()
	leave()
	seen["elected"] = heard.wait(3)
	end()
	<-done
}

func main() {
	config := must(clientcmd.BuildConfigFromFlags("", os.Args[1]))
	if len(os.Args) > 3 {
		config.AcceptContentTypes = os.Args[3]
	}
	typed(config)
	informed(config)
	if len(os.Args) > 3 {
		fmt.Println(string(must(json.Marshal(seen))))
		return
	}
	dynamically(config)
	elected(config)
	fmt.Println(string(must(json.Marshal(seen))))
}
