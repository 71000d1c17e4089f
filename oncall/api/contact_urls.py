"""Addresses of how people are reached."""

from django.urls import path

from oncall.api.views import contacts

urlpatterns = [
    path("me/contact-methods", contacts.MyContactMethods.as_view()),
    path("me/contact-methods/<int:pk>", contacts.MyContactMethod.as_view()),
    path("me/contact-methods/<int:pk>/code", contacts.ContactCode.as_view()),
    path("me/contact-methods/<int:pk>/verify", contacts.ContactVerify.as_view()),
    path("me/contact-methods/<int:pk>/test", contacts.ContactTest.as_view()),
    path("me/notification-rules", contacts.MyRules.as_view()),
    path("me/notification-rules/<int:pk>", contacts.MyRule.as_view()),
    path("users/<int:pk>/contact-methods", contacts.ContactsOf.as_view()),
]
